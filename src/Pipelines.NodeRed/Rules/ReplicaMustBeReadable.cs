namespace Pipelines.NodeRed.Rules;

/// <summary>A replica that cannot be read can be neither verified nor restored.</summary>
internal sealed class ReplicaMustBeReadable : Rule
{
    private const int OldestMajor = 3;

    public override string Id => "NR007";

    public override string Title => "a replica cannot be read";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "Each replica: its version, flows, state and node types, as its admin API tells them.";

    public override string Why => "What a replica runs is recorded before it is touched, or it could not be restored; and what it runs afterwards is read back.";

    public override string Cure => "Bring the replica up, or correct its entry in instances.yaml, and start the promotion again.";

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        foreach (var replica in context.Replicas)
        {
            if (replica.Version is { } version && Major(version) < OldestMajor)
            {
                yield return About($"'{replica.Name}' runs Node-RED {version}, whose revisions are not digests of its flows.", replica: replica.Name) with
                {
                    Cure = "Update it to Node-RED 3.1 or later.",
                };
                continue;
            }
            foreach (var trouble in replica.Troubles)
            {
                yield return About(trouble, replica: replica.Name);
            }
        }
    }

    // A version that is no number is somebody's own build: its revision will tell.
    private static int Major(string version) => int.TryParse(version.Split('.')[0], out var major) ? major : OldestMajor;
}
