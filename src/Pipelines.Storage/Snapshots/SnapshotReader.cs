using System.Text.Json;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Storage.Snapshots;

internal sealed class SnapshotReader(Outside outside) : ISnapshotReader
{
    private static readonly string Find = Query.Load("snapshots/find");
    private static readonly string Modules = Query.Load("snapshots/modules");

    public async Task<RawFlows?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await outside.QuerySingleOrDefaultAsync<Row>(Find, new { digest = digest.ToString() }, cancellationToken) is not { } row)
        {
            return null;
        }

        var flows = RawFlows.FromBytes(Compression.Unpack(row.Compressed, row.Size));
        // What a disk has changed must not reach a replica.
        return flows.Digest == digest ? flows : throw new InvalidDataException($"Snapshot {digest} is damaged: its bytes hash to {flows.Digest}. Restore the database from a backup.");
    }

    public async Task<IReadOnlyDictionary<string, string>> ModulesAsync(Digest digest, CancellationToken cancellationToken)
    {
        var modules = new Dictionary<string, string>(StringComparer.Ordinal);
        if (await outside.QuerySingleOrDefaultAsync<string>(Modules, new { digest = digest.ToString() }, cancellationToken) is { } types)
        {
            foreach (var origin in JsonSerializer.Deserialize<List<TypeOrigin>>(types, StoredJson.Options) ?? [])
            {
                modules[origin.Module] = origin.Version;
            }
        }

        return modules;
    }

    private sealed record Row
    {
        public int Size { get; init; }

        public byte[] Compressed { get; init; } = [];
    }
}
