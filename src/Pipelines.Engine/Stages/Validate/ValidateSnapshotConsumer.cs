using System.Collections.Concurrent;
using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Instances;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.NodeRed.Diff;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;
using Pipelines.NodeRed.Rules.Suppressions;

namespace Pipelines.Engine.Stages.Validate;

/// <summary>Holds a snapshot against the rules and against every replica of every target; all findings at once.</summary>
public sealed class ValidateSnapshotConsumer(
    IPinnedDefinitions definitions, InstanceClients instances, FlowSets flowSets, ISnapshotReader snapshots, IFindingStore store, IDiffStore diffs, TimeProvider time)
    : IConsumer<ValidateSnapshot>
{
    private const int FindingsNamed = 3;

    public async Task Consume(ConsumeContext<ValidateSnapshot> context)
    {
        var ask = context.Message;
        await context.AnswerAsync(
            time,
            ask.NotAfter,
            token => ValidateAsync(ask, token),
            reason => new SnapshotValidated(ask.StageId, ask.Attempt, Stops: true, reason),
            () => new SnapshotNotValidated(ask.StageId, ask.Attempt, "The replicas were not done with in time. Look whether one hangs."));
    }

    private async Task<object> ValidateAsync(ValidateSnapshot ask, CancellationToken cancellationToken)
    {
        var definition = await definitions.OfAsync(ask.PromotionId, cancellationToken);
        var flows = await flowSets.GetAsync(ask.SnapshotDigest, cancellationToken);
        var modules = await snapshots.ModulesAsync(flows.Digest, cancellationToken);
        var targets = await Task.WhenAll(ask.Settings.Against.Select(target => GatherAsync(definition.Instance(target), cancellationToken)));
        var trouble = targets.SelectMany(x => x.Facts).SelectMany(x => x.Troubles).FirstOrDefault();
        if (trouble is not null && ask.Attempt < ask.Settings.Retries.Attempts)
        {
            return new SnapshotNotValidated(ask.StageId, ask.Attempt, trouble);
        }

        var report = Check(ask.Settings, definition, flows, modules, targets);
        store.Keep(ask.PromotionId, ask.StageId, report.Findings);
        foreach (var (target, facts) in targets)
        {
            var present = facts.Where(x => x.PresentFlows is not null).Select(x => KeyValuePair.Create(x.Name, x.PresentFlows!));
            diffs.Keep(ask.PromotionId, ask.StageId, target.Name, TargetDiff.Of(flows, present));
        }

        return new SnapshotValidated(ask.StageId, ask.Attempt, report.Stops, SummaryOf(report));
    }

    private async Task<(InstanceDefinition Target, IReadOnlyList<ReplicaFacts> Facts)> GatherAsync(InstanceDefinition target, CancellationToken cancellationToken)
    {
        var facts = new ConcurrentDictionary<string, ReplicaFacts>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            target.Replicas,
            new ParallelOptions { MaxDegreeOfParallelism = Patience.AtOnce, CancellationToken = cancellationToken },
            async (replica, token) => facts[replica.Name] = await instances.Replica(target, replica).GatherAsync(token));
        return (target, [.. target.Replicas.Select(replica => facts[replica.Name])]);
    }

    private RuleReport Check(
        ValidateSettings settings,
        PinnedDefinition definition,
        FlowSet flows,
        IReadOnlyDictionary<string, string> modules,
        IEnumerable<(InstanceDefinition Target, IReadOnlyList<ReplicaFacts> Facts)> targets)
    {
        var profile = ProfileOf(settings);
        var reports = targets.Select(x => RuleBook.Check(
            new RuleContext(flows)
            {
                ModuleVersions = modules,
                Replicas = x.Facts,
                Environment = x.Target.Environment?.ToHashSet(StringComparer.Ordinal),
                Credentials = instances.CredentialsOf(x.Target),
                Settings = SettingsOf(settings) with { AllowCredentialLoss = definition.AllowCredentialLoss },
                SeveralReplicas = x.Target.Replicas.Count > 1,
            },
            profile)).ToList();
        // What is about the flows alone is found once for each target and said once.
        return new RuleReport(
            [.. reports.SelectMany(report => report.Findings).Distinct()],
            [.. reports.SelectMany(report => report.Stopping).Distinct()]);
    }

    internal static Profile ProfileOf(ValidateSettings settings)
    {
        var profile = Profile.Find(settings.Profile) ?? Profile.Ha;
        return settings.StopAt switch
        {
            StopAt.Info => profile with { StopsAt = Severity.Info },
            StopAt.Warning => profile with { StopsAt = Severity.Warning },
            StopAt.Error => profile with { StopsAt = Severity.Error },
            _ => profile,
        };
    }

    internal static RuleSettings SettingsOf(ValidateSettings settings) => new()
    {
        Levels = settings.Rules.ToDictionary(
            rule => rule.Key,
            rule => rule.Value switch { FindingLevel.Off => RuleLevel.Off, FindingLevel.Info => RuleLevel.Info, FindingLevel.Warning => RuleLevel.Warning, _ => RuleLevel.Error },
            StringComparer.Ordinal),
        Suppressions = [.. settings.Suppressions.Select(suppression => new Suppression(suppression.Rule, suppression.Reason, suppression.Node))],
    };

    private static string SummaryOf(RuleReport report)
    {
        if (!report.Stops)
        {
            return "";
        }

        var named = report.Stopping.Take(FindingsNamed).Select(finding => $"{finding.Rule}: {finding.Reason} {finding.Cure}");
        var more = report.Stopping.Count > FindingsNamed ? $" And {report.Stopping.Count - FindingsNamed} more." : "";
        return $"{report.Stopping.Count} {(report.Stopping.Count == 1 ? "finding stops" : "findings stop")} the promotion before any replica is touched. {string.Join(' ', named)}{more}";
    }
}
