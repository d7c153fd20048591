using Pipelines.Contracts;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Rollout;

namespace Pipelines.Tests.Engine;

/// <summary>What was noted, as lines.</summary>
internal sealed class JournalInMemory : IPromotionJournal
{
    public List<string> Lines { get; } = [];

    public List<(Guid Promotion, string State)> Ends { get; } = [];

    public void StageStarted(Guid promotionId, Guid stageId, int index, string kind) => Lines.Add($"stage {index} {kind} started");

    public void StageIs(Guid promotionId, Guid stageId, string state, string? reason = null) => Lines.Add($"stage {state}");

    public void PromotionIs(Guid promotionId, string state, string? reason, string? snapshotDigest, bool ended)
    {
        Lines.Add($"promotion {state}");
        if (ended)
        {
            Ends.Add((promotionId, state));
        }
    }

    public void ReplicaIs(ReplicaInRollout which, string state, int attempt, string? error = null) => Lines.Add($"{which.Replica} {state}");

    public void Tell(Guid promotionId, string type, object data) => Lines.Add(type);
}

internal sealed class DefinitionsInMemory : IPinnedDefinitions
{
    public PinnedPromotion? Promotion { get; set; }

    public Task<PinnedPromotion> PromotionAsync(Guid promotionId, CancellationToken cancellationToken) =>
        Task.FromResult(Promotion ?? throw new KeyNotFoundException("There is no such promotion."));
}

/// <summary>One line for each target, and a token that only grows.</summary>
internal sealed class LocksInMemory : ITargetLocks
{
    private readonly Dictionary<string, List<Guid>> _lines = [];
    private long _token = 40;

    public Dictionary<string, long> Tokens { get; } = [];

    public IReadOnlyList<Guid> LineOf(string target) => _lines.GetValueOrDefault(target) ?? [];

    public Task<long?> TakeAsync(string target, Guid promotionId, Guid stageId, CancellationToken cancellationToken)
    {
        var line = _lines.TryGetValue(target, out var known) ? known : _lines[target] = [];
        if (!line.Contains(stageId))
        {
            line.Add(stageId);
        }

        return Task.FromResult<long?>(line[0] == stageId ? Tokens[target] = ++_token : null);
    }

    public Task<IReadOnlyList<NextInLine>> LeaveAsync(Guid promotionId, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<NextInLine>>([]);

    public Task<NextInLine?> ReleaseAsync(string target, Guid promotionId, Guid stageId, CancellationToken cancellationToken)
    {
        var line = _lines.GetValueOrDefault(target) ?? [];
        var held = line.Count > 0 && line[0] == stageId;
        line.Remove(stageId);
        return Task.FromResult(held && line.Count > 0 ? new NextInLine(target, line[0], Tokens[target] = ++_token) : null);
    }

    public Task<string> HolderAsync(string target, Guid stageId, CancellationToken cancellationToken) => Task.FromResult("promotion 7 holds it");
}

internal sealed class LedgerInMemory : IReplicaLedger
{
    public List<RecordedReplica> Replicas { get; } = [];

    public HashSet<int> Touched { get; } = [];

    public List<IReadOnlyList<ReplicaRuns>> Surveys { get; } = [];

    public Func<ReplicaInRollout, int, bool> IsOpen { get; set; } = (_, _) => true;

    public void Record(Guid stageId, Guid promotionId, string target, long token, IReadOnlyList<RecordedReplica> replicas)
    {
        if (Replicas.Count == 0)
        {
            Replicas.AddRange(replicas);
        }
    }

    public Task<IReadOnlyList<RecordedReplica>> ReadAsync(Guid stageId, int from, int count, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RecordedReplica>>(Replicas.GetRange(from, count));

    public void Touch(Guid stageId, string target, long token, int from, int count, int wave) => Touched.UnionWith(Enumerable.Range(from, count));

    public Task<bool> IsOpenAsync(ReplicaInRollout which, int attempt, CancellationToken cancellationToken) => Task.FromResult(IsOpen(which, attempt));

    public void Survey(Guid stageId, IReadOnlyList<ReplicaRuns> replicas) => Surveys.Add(replicas);
}
