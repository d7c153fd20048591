using System.Text;

namespace Pipelines.NodeRed.Flows;

/// <summary>The body of a deploy: an envelope around the raw flows, which pass through untouched.</summary>
internal sealed class DeployBody
{
    private readonly byte[] _tail;
    private readonly RawFlows _flows;

    // Without an expected revision the key is left out: null or "" would be answered with 409.
    public DeployBody(RawFlows flows, Digest? expected, CredentialsMap credentials)
    {
        _flows = flows;
        using var tail = new MemoryStream();
        if (expected is { } revision)
        {
            tail.Write(Encoding.ASCII.GetBytes($",\"rev\":\"{revision}\""));
        }
        if (!credentials.IsEmpty)
        {
            tail.Write(",\"credentials\":"u8);
            tail.Write(credentials.ToJson());
        }
        _tail = tail.ToArray();
    }

    private static ReadOnlySpan<byte> Head => "{\"flows\":"u8;

    /// <summary>The body's last byte: without it nothing before it means anything.</summary>
    public static ReadOnlyMemory<byte> End { get; } = "}"u8.ToArray();

    /// <summary>In bytes, as a replica's <c>apiMaxLength</c> counts.</summary>
    public long Length => Head.Length + _flows.Bytes.Length + _tail.Length + End.Length;

    /// <summary>Everything before <see cref="End"/>.</summary>
    public async Task WriteToAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Head.ToArray(), cancellationToken);
        await stream.WriteAsync(_flows.Bytes, cancellationToken);
        await stream.WriteAsync(_tail, cancellationToken);
    }
}
