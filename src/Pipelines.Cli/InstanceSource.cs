using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Engine.Instances;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Diff;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Cli;

/// <summary>
/// What an instance runs, by the name it has in a folder of definitions: <c>plant-a-dev</c>, <c>plant-a</c>, or one replica as <c>plant-a/b</c>.
/// Read as the service reads it, so a name means the same in both.
/// </summary>
internal sealed partial class InstanceSource(Terminal terminal, string folder)
{
    public const string DefaultFolder = "./pipelines";

    public static bool MayBe(string name) => Name().IsMatch(name);

    public async Task<ReadOnlyMemory<byte>> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var parts = name.Split('/', 2);
        var instance = Find(name, parts[0]);
        using var clients = new InstanceClients(new SecretResolver(terminal.Environment, File.ReadAllText), TimeProvider.System, NullLoggerFactory.Instance);
        try
        {
            return parts.Length == 2
                ? (await ReadAsync($"{instance.Name}/{parts[1]}", clients.Replica(instance, Replica(instance, parts[1])), cancellationToken)).Bytes
                : instance.IsDevelopment ? (await ReadAsync(instance.Name, clients.Development(instance), cancellationToken)).Bytes
                : await AgreedAsync(instance, clients, cancellationToken);
        }
        catch (SecretMissingException e)
        {
            throw new UnusableInputException($"{name}: {e.Message.Replace("where the engine runs", "here", StringComparison.Ordinal)}");
        }
    }

    /// <summary>All replicas are asked, and must say the same: a diff against one of two truths would mislead.</summary>
    private static async Task<ReadOnlyMemory<byte>> AgreedAsync(InstanceDefinition instance, InstanceClients clients, CancellationToken cancellationToken)
    {
        var asked = instance.Replicas.Select(async replica => (replica.Name, Flows: await clients.Replica(instance, replica).ReadFlowsAsync(cancellationToken))).ToList();
        var answers = await Task.WhenAll(asked);
        if (string.Join("\n", answers.Where(answer => answer.Flows.Trouble is not null).Select(answer => $"{instance.Name}/{answer.Name}: {answer.Flows.Trouble}")) is { Length: > 0 } troubles)
        {
            throw new UnusableInputException(troubles);
        }
        var groups = new List<(RawFlows Flows, List<string> Replicas)>();
        foreach (var (replica, reading) in answers)
        {
            var flows = ((Reading<RawFlows>.Read)reading).Value;
            if (groups.Find(group => Same(group.Flows, flows)) is { Replicas: { } known })
            {
                known.Add(replica);
                continue;
            }
            groups.Add((flows, [replica]));
        }
        return groups is [var only]
            ? only.Flows.Bytes
            : throw new UnusableInputException(
                $"{instance.Name}: its replicas differ from one another: {string.Join("; ", groups.Select(group => $"{string.Join(", ", group.Replicas)} {(group.Replicas.Count == 1 ? "runs" : "run")} {group.Flows.Digest.Short}"))}. "
                + $"Name one, such as {instance.Name}/{groups[0].Replicas[0]}; pipelines diff {instance.Name}/{groups[0].Replicas[0]} {instance.Name}/{groups[1].Replicas[0]} tells how they differ.");
    }

    private static bool Same(RawFlows a, RawFlows b) =>
        a.Digest == b.Digest
        || FlowSet.Parse(a) is FlowSetAnswer.Read one && FlowSet.Parse(b) is FlowSetAnswer.Read other && FlowDiff.Between(one.Flows, other.Flows) is { IsEmpty: true, Reordered: false };

    private static async Task<RawFlows> ReadAsync(string name, AdminClient client, CancellationToken cancellationToken)
    {
        var reading = await client.ReadFlowsAsync(cancellationToken);
        return reading is Reading<RawFlows>.Read { Value: var flows } ? flows : throw new UnusableInputException($"{name}: {reading.Trouble}");
    }

    private InstanceDefinition Find(string whole, string name)
    {
        var file = Path.Combine(folder, DefinitionFile.Instances);
        byte[] content;
        try
        {
            content = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnusableInputException($"{whole}: there is no such file, and no {file} that would know an instance of this name. Name the folder of definitions with --definitions DIR.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableInputException($"{file} could not be read: {e.Message}");
        }
        // A mistake in a pipeline beside it is nothing to a diff.
        var known = DefinitionSet.TryParse([new DefinitionFile(DefinitionFile.Instances, content)], out var problems)
            ?? throw new UnusableInputException(string.Join("\n", problems.Select(problem => Path.Combine(folder, problem.ToString()))));
        return known.Instances.GetValueOrDefault(name)
            ?? throw new UnusableInputException($"{whole}: there is no such file, and no instance '{name}' in {file}.{NearestWord.HintOrAll(name, [.. known.Instances.Keys])}");
    }

    private static ReplicaDefinition Replica(InstanceDefinition instance, string name) =>
        instance.Replicas.FirstOrDefault(replica => replica.Name == name)
        ?? throw new UnusableInputException(
            instance.IsDevelopment ? $"{instance.Name}/{name}: {instance.Name} is a development instance and has no replicas. Write {instance.Name}."
            : $"{instance.Name}/{name}: {instance.Name} has no replica '{name}'. It has {string.Join(", ", instance.Replicas.Select(replica => replica.Name))}.");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();
}
