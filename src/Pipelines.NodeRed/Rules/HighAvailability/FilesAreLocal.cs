using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class FilesAreLocal : HaRule
{
    public override string Id => "HA040";

    public override string Title => "a file on one replica";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "filename of file and file in.";

    public override string Why => "Each replica has a disk of its own: what one writes the others do not see, and it is gone when the replica is replaced.";

    public override string Cure => "Use a shared store (a database, object storage), or a volume that all replicas mount.";

    public override IReadOnlyList<string> Related => ["HA041"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var node in live.OfType("file", "file in"))
        {
            var name = node.Text("filename") ?? "";
            if (!name.StartsWith("/dev/", StringComparison.Ordinal))
            {
                yield return node.Type == "file"
                    ? On(live, node, $"writes {Called(name)} on the disk of one replica.", "filename")
                    : On(live, node, $"reads {Called(name)} from the disk of its replica.", "filename", Severity.Info);
            }
        }
    }

    private static string Called(string name) => name.Length > 0 ? name : "a file that the message names";
}
