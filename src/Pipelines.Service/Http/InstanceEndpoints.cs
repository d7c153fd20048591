using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Engine.Instances;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Service.Http;

/// <summary>The instances and what each of their replicas runs now, asked at this moment, all side by side.</summary>
internal static class InstanceEndpoints
{
    /// <summary>People wait for this answer; who has not answered by then is said to be silent.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private const int AtOnce = 64;

    public static void MapInstances(this IEndpointRouteBuilder app) =>
        app.MapGet("/instances", ListAsync).Needs(Scopes.Read)
            .WithTags("Instances").WithName("ListInstances").WithSummary("The instances, with each replica's present revision, state and Node-RED version.")
            .Produces<InstanceList>();

    private static async Task<InstanceList> ListAsync(Caller caller, DefinitionShelf definitions, InstanceClients clients, TimeProvider time, CancellationToken cancellationToken)
    {
        var set = caller.Seen(definitions);
        var used = set.Pipelines.Keys.SelectMany(x => set.Pin(x).Instances).Select(x => x.Name).ToHashSet(StringComparer.Ordinal);
        var instances = set.Instances.Values.Where(x => caller.Reach is null || used.Contains(x.Name)).ToList();
        var questions = instances.SelectMany(instance => instance.Admin is { } admin
            ? [new Question(instance, instance.Name, admin, () => clients.Development(instance))]
            : instance.Replicas.Select(replica => new Question(instance, replica.Name, replica.Admin, () => clients.Replica(instance, replica)))).ToList();
        var answers = new ReplicaNow[questions.Count];
        await Parallel.ForAsync(0, questions.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (index, token) =>
            answers[index] = await AskAsync(questions[index], time, token));
        return new([.. instances.Select(instance => new InstanceView(
            instance.Name,
            instance.IsDevelopment ? "development" : "ha",
            [.. questions.Zip(answers).Where(x => ReferenceEquals(x.First.Instance, instance)).Select(x => x.Second)]))]);
    }

    private static async Task<ReplicaNow> AskAsync(Question question, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var client = question.Client();
            var settings = client.ReadSettingsAsync(both.Token);
            var flows = client.ReadFlowsAsync(both.Token);
            var state = client.ReadStateAsync(both.Token);
            await Task.WhenAll(settings, flows, state);
            return new(
                question.Name, question.Admin,
                await flows is Reading<RawFlows>.Read { Value.Digest: var digest } ? digest.ToString() : null,
                await state is Reading<FlowState>.Read { Value: var known } ? known : null,
                await settings is Reading<RuntimeSettings>.Read { Value.Version: var version } ? version : null,
                (await settings).Trouble ?? (await flows).Trouble ?? (await state).Trouble);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unknown(question, $"'{question.Name}' did not answer within {Patience.TotalSeconds:0} s.");
        }
        catch (SecretMissingException e)
        {
            return Unknown(question, e.Message);
        }
    }

    private static ReplicaNow Unknown(Question question, string trouble) => new(question.Name, question.Admin, null, null, null, trouble);

    private sealed record Question(InstanceDefinition Instance, string Name, Uri Admin, Func<AdminClient> Client);

    internal sealed record InstanceList(IReadOnlyList<InstanceView> Items);

    /// <param name="Kind"><c>development</c>, whose flows are taken, or <c>ha</c>, which gets them.</param>
    /// <param name="Replicas">Of a development instance, itself.</param>
    internal sealed record InstanceView(string Name, string Kind, IReadOnlyList<ReplicaNow> Replicas);

    /// <param name="Revision">The digest of the flows that it holds; null when it could not be read.</param>
    /// <param name="State">Whether its flows are meant to run.</param>
    /// <param name="Version">Its Node-RED.</param>
    /// <param name="Trouble">What could not be read, and the cure; null when all could.</param>
    internal sealed record ReplicaNow(string Name, Uri Admin, string? Revision, FlowState? State, string? Version, string? Trouble);
}
