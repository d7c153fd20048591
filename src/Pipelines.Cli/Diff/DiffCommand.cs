using System.CommandLine;
using Pipelines.NodeRed.Diff;

namespace Pipelines.Cli.Diff;

internal static class DiffCommand
{
    public static Command Create(Terminal terminal)
    {
        var before = new Argument<string>("A") { Description = "What was: a flows file, '-', the admin URL of a Node-RED, the digest of a snapshot, or the name of an instance or of one replica, such as plant-a or plant-a/b." };
        var after = new Argument<string>("B") { Description = "What is: the same." };
        var format = new Option<string>("--format") { Description = "How changes are told.", DefaultValueFactory = _ => "human" };
        format.AcceptOnlyFromAmong("human", "json");
        var service = new Option<string?>("--service") { Description = "Where snapshots are asked for by digest; PIPELINES_SERVICE when not given.", HelpName = "URL" };
        var definitions = new Option<string>("--definitions") { Description = "The folder whose instances.yaml knows the names of instances and, by reference, how to enter them.", HelpName = "DIR", DefaultValueFactory = _ => InstanceSource.DefaultFolder };
        var command = new Command("diff", "Tells what changed between two sets of flows. Exit code 1 when they differ.") { before, after, format, service, definitions };
        command.SetAction(async (parsed, token) =>
        {
            var source = new FlowSource(terminal, parsed.GetValue(service), parsed.GetValue(definitions));
            var (a, b) = (await source.ReadAsync(parsed.GetValue(before)!, token), await source.ReadAsync(parsed.GetValue(after)!, token));
            var diff = FlowDiff.Between(a.Flows, b.Flows);
            if (parsed.GetValue(format) == "json")
            {
                terminal.Out.WriteLine(FlowDiffJson.Write(diff));
            }
            else
            {
                DiffText.Write(terminal, diff);
                terminal.Out.WriteLine(DiffText.Summary(diff));
            }
            return diff.IsEmpty && !diff.Reordered ? ExitCode.Clean : ExitCode.Findings;
        });
        return command;
    }
}
