using System.Collections.Frozen;
using Pipelines.NodeRed.Rules.HighAvailability;
using Pipelines.NodeRed.Rules.Suppressions;

namespace Pipelines.NodeRed.Rules;

/// <summary>The one list of rules, in the order in which findings are read.</summary>
public static class RuleBook
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new ReplicaMustBeReadable(),
        new FlowsMustBeStarted(),
        new TypesMustBeInstalled(),
        new IdsMustBeUnique(),
        new WiresMustBeSound(),
        new WiresMustLeadSomewhere(),
        new RoutesMustBeUnique(),
        new FlowsMustFit(),
        new ModulesShouldAgree(),
        new FunctionModulesMustBeThere(),
        new EnvironmentMustBeDeclared(),
        new EnvironmentOfFunctionsShouldBeDeclared(),
        new CredentialsMustSurvive(),
        new CredentialsMustExist(),
        new SubscriptionsMustBeShared(),
        new ClientIdsMustDiffer(),
        new SessionsMustBeClean(),
        new RetainedStatusMustDiffer(),
        new DynamicSubscriptionsNeedCare(),
        new SharedSubscriptionsMustBeWellFormed(),
        new RetainedMessagesDoNotReachShares(),
        new SchedulesMustRunOnce(),
        new StartsMustBeRepeatable(),
        new FunctionsMustNotLoop(),
        new ContextMustNotBeShared(),
        new NamedStoresNeedCare(),
        new NodesMustNotRemember(),
        new RatesAreMultiplied(),
        new SequencesMustStayTogether(),
        new FilesAreLocal(),
        new LocalEventsAreLocal(),
        new SocketsAreLocal(),
        new WebSocketClientsAreSpread(),
        new WebSocketFeedsAreDoubled(),
        new HardwareIsLocal(),
        new SpawnedProcessesAreLocal(),
        new PollersAreDoubled(),
        new KafkaConsumersNeedAGroup(),
        new QueuesMustBeShared(),
        new ProjectLinksNeedFlowFuse(),
        new DashboardsAreLocal(),
        new RequestsMustBeAnswered(),
        new SuppressionsMustBeWellWritten(),
        new SuppressionsMustBeNeeded(),
    ];

    private static FrozenDictionary<string, Rule> ById { get; } = All.ToFrozenDictionary(rule => rule.Id, StringComparer.Ordinal);

    public static Rule? Find(string id) => ById.GetValueOrDefault(id);

    /// <summary>Asks every rule of the profile and stops at none. What an author said is meant is left out, and counted.</summary>
    public static RuleReport Check(RuleContext context, Profile profile)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(profile);
        var asked = All.Where(rule => IsAsked(rule, context, profile)).ToList();
        var suppressor = new Suppressor(context);
        var findings = new List<Finding>();
        var suppressed = new List<SuppressedFinding>();
        foreach (var finding in asked.SelectMany(rule => rule.Check(context)))
        {
            if (suppressor.Of(finding) is { } meant)
            {
                suppressed.Add(new SuppressedFinding(Leveled(finding, context), meant));
            }
            else
            {
                findings.Add(Leveled(finding, context));
            }
        }
        findings.AddRange(asked.OfType<SuppressionRule>().SelectMany(rule => rule.Review(context, profile, suppressor)).Select(finding => Leveled(finding, context)));
        return new RuleReport(findings, [.. findings.Where(finding => finding.Severity >= profile.StopsAt)]) { Suppressed = suppressed };
    }

    /// <summary>Whether the rule has a say: by the profile, by its level, and by whether there are several replicas.</summary>
    public static bool IsAsked(Rule rule, RuleContext context, Profile profile)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(profile);
        return profile.Includes(rule)
            && (context.SeveralReplicas || rule.Family != RuleFamily.HighAvailability)
            && !(context.Settings.Levels.TryGetValue(rule.Id, out var level) && level == RuleLevel.Off);
    }

    private static Finding Leveled(Finding finding, RuleContext context) =>
        context.Settings.Levels.TryGetValue(finding.Rule, out var level)
            ? finding with { Severity = level switch { RuleLevel.Error => Severity.Error, RuleLevel.Warning => Severity.Warning, _ => Severity.Info } }
            : finding;
}

/// <summary>Which rules are asked, and what stops a promotion.</summary>
/// <param name="Name">As in a pipeline's file.</param>
/// <param name="Families">The families of rules that are asked.</param>
/// <param name="StopsAt">Findings of this severity, and above, stop.</param>
public sealed record Profile(string Name, IReadOnlyList<RuleFamily> Families, Severity StopsAt)
{
    /// <summary>Can the flows be brought onto the replicas and run there? Errors stop.</summary>
    public static Profile Structural { get; } = new("structural", [RuleFamily.Structural, RuleFamily.Suppression], Severity.Error);

    /// <summary>And can they run on several replicas at once? Errors stop.</summary>
    public static Profile Ha { get; } = new("ha", [RuleFamily.Structural, RuleFamily.HighAvailability, RuleFamily.Suppression], Severity.Error);

    /// <summary>The same rules; warnings stop too.</summary>
    public static Profile Strict { get; } = Ha with { Name = "strict", StopsAt = Severity.Warning };

    /// <summary>The profiles that a pipeline can name.</summary>
    public static IReadOnlyList<Profile> All { get; } = [Structural, Ha, Strict];

    public static Profile? Find(string name) => All.FirstOrDefault(profile => profile.Name == name);

    internal bool Includes(Rule rule) => Families.Contains(rule.Family);
}

/// <param name="Findings">All of them, in the order of the book.</param>
/// <param name="Stopping">Those that stop the promotion.</param>
public sealed record RuleReport(IReadOnlyList<Finding> Findings, IReadOnlyList<Finding> Stopping)
{
    public bool Stops => Stopping.Count > 0;

    /// <summary>What was found and is meant.</summary>
    public IReadOnlyList<SuppressedFinding> Suppressed { get; init; } = [];
}

public sealed record SuppressedFinding(Finding Finding, Suppression By);
