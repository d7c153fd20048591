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
        new CredentialsMustSurvive(),
        new CredentialsMustExist(),
    ];

    /// <summary>Asks every rule of the profile and stops at none.</summary>
    public static RuleReport Check(RuleContext context, Profile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var findings = All.Where(profile.Includes).SelectMany(rule => rule.Check(context)).ToList();
        return new RuleReport(findings, [.. findings.Where(finding => finding.Severity >= profile.StopsAt)]);
    }
}

/// <summary>Which rules are asked, and what stops a promotion.</summary>
/// <param name="Name">As in a pipeline's file.</param>
/// <param name="Families">The families of rules that are asked.</param>
/// <param name="StopsAt">Findings of this severity, and above, stop.</param>
public sealed record Profile(string Name, IReadOnlyList<RuleFamily> Families, Severity StopsAt)
{
    /// <summary>Can the flows be brought onto the replicas and run there? The default; errors stop.</summary>
    public static Profile Structural { get; } = new("structural", [RuleFamily.Structural], Severity.Error);

    /// <summary>The profiles that a pipeline can name.</summary>
    public static IReadOnlyList<Profile> All { get; } = [Structural];

    internal bool Includes(Rule rule) => Families.Contains(rule.Family);
}

/// <param name="Findings">All of them, in the order of the book.</param>
/// <param name="Stopping">Those that stop the promotion.</param>
public sealed record RuleReport(IReadOnlyList<Finding> Findings, IReadOnlyList<Finding> Stopping)
{
    public bool Stops => Stopping.Count > 0;
}
