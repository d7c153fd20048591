using System.CommandLine;
using Pipelines.Cli.Diff;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Cli.Check;

internal static class CheckCommand
{
    private static readonly Dictionary<string, RuleLevel> Levels = new(StringComparer.Ordinal)
    {
        ["off"] = RuleLevel.Off,
        ["info"] = RuleLevel.Info,
        ["warn"] = RuleLevel.Warning,
        ["warning"] = RuleLevel.Warning,
        ["error"] = RuleLevel.Error,
    };

    public static Command Create(Terminal terminal)
    {
        var sources = new Argument<string[]>("FILE|URL")
        {
            Description = "A flows file, '-' for standard input, or the admin URL of a Node-RED. An admin answer and a FlowFuse snapshot will do as well.",
            Arity = ArgumentArity.OneOrMore,
        };
        sources.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.Length > 1 && token.Value[0] == '-'))
            {
                result.AddError($"There is no option {token.Value}.");
            }
        });
        var format = new Option<string>("--format") { Description = "How findings are told.", DefaultValueFactory = _ => "human" };
        format.AcceptOnlyFromAmong([.. Reports.Formats.Keys]);
        var profile = new Option<string>("--profile") { Description = "Which rules are asked, and what stops: ha stops at errors, strict at warnings, structural leaves out what is about several replicas.", DefaultValueFactory = _ => "ha" };
        profile.AcceptOnlyFromAmong([.. Profile.All.Select(known => known.Name)]);
        var stopAt = new Option<string?>("--stop-at") { Description = "The threshold for exit code 1; the profile's own when not given." };
        stopAt.AcceptOnlyFromAmong("info", "warning", "error");
        var rules = new Option<string[]>("--rule") { Description = "What a rule's findings count as: HA001=off, info, warn or error.", HelpName = "ID=LEVEL" };
        rules.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => Level(token.Value) is null))
            {
                result.AddError($"--rule {token.Value}: write a rule's id and off, info, warn or error, such as HA001=warn.{(RuleBook.Find(token.Value.Split('=')[0]) is null ? $" There is no rule {token.Value.Split('=')[0]}." : "")}");
            }
        });
        var targets = new Option<string[]>("--target") { Description = "The admin URL of a live replica to hold the flows against.", HelpName = "URL" };
        var environment = new Option<string[]>("--env") { Description = "A variable that the replicas set; when given, every other one that the flows read is a finding.", HelpName = "NAME" };
        var fix = new Option<bool>("--fix") { Description = "Shows the safe fixes, then writes them into the file." };
        var dry = new Option<bool>("--dry-run") { Description = "With --fix: shows, and writes nothing." };
        var group = new Option<string?>("--group") { Description = "The name under which the replicas share subscriptions, for --fix. The id of each node when not given.", HelpName = "NAME" };
        var command = new Command("check", "Finds what would go wrong when flows run as several replicas.")
        {
            sources, format, profile, stopAt, rules, targets, environment, fix, dry, group,
        };
        command.SetAction(async (parsed, token) => await new CheckRun(terminal, new CheckOptions(
            parsed.GetValue(sources)!,
            parsed.GetValue(format)!,
            With(Profile.Find(parsed.GetValue(profile)!)!, parsed.GetValue(stopAt)),
            new RuleSettings { Levels = (parsed.GetValue(rules) ?? []).Select(rule => Level(rule)!.Value).GroupBy(rule => rule.Key, StringComparer.Ordinal).ToDictionary(rule => rule.Key, rule => rule.Last().Value, StringComparer.Ordinal) },
            parsed.GetValue(targets) ?? [],
            parsed.GetValue(environment) is { Length: > 0 } names ? names.ToHashSet(StringComparer.Ordinal) : null,
            parsed.GetValue(fix),
            parsed.GetValue(dry),
            parsed.GetValue(group))).RunAsync(token));
        return command;
    }

    private static Profile With(Profile profile, string? stopAt) => stopAt switch
    {
        "info" => profile with { StopsAt = Severity.Info },
        "warning" => profile with { StopsAt = Severity.Warning },
        "error" => profile with { StopsAt = Severity.Error },
        _ => profile,
    };

    private static KeyValuePair<string, RuleLevel>? Level(string text) =>
        text.Split('=') is [var id, var level] && RuleBook.Find(id.ToUpperInvariant()) is { } rule && Levels.TryGetValue(level.ToLowerInvariant(), out var known)
            ? KeyValuePair.Create(rule.Id, known)
            : null;
}

internal sealed record CheckOptions(
    IReadOnlyList<string> Sources, string Format, Profile Profile, RuleSettings Settings, IReadOnlyList<string> Targets, IReadOnlySet<string>? Environment, bool Fix, bool DryRun, string? Group);

/// <summary>A file and what was found in it.</summary>
internal sealed record Checked(string Source, FlowFile File, RuleReport Report, Profile Profile)
{
    public FilePlace? PlaceOf(Finding finding) =>
        finding.NodeId is { } id && File.Flows.Find(id) is { } node ? File.Places.Place(node, finding.Property, finding.Line, finding.Column) : null;
}

internal sealed class CheckRun(Terminal terminal, CheckOptions options)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var source = new FlowSource(terminal);
        var replicas = await Task.WhenAll(options.Targets.Select(target => source.Client(target).GatherAsync(cancellationToken)));
        var all = new List<Checked>();
        foreach (var name in options.Sources)
        {
            var file = await source.ReadAsync(name, cancellationToken);
            if (options.Fix)
            {
                file = Fixed(name, file, replicas);
            }
            all.Add(new Checked(name, file, RuleBook.Check(Context(file.Flows, replicas), options.Profile), options.Profile));
        }
        Reports.Formats[options.Format](terminal, all);
        return all.Exists(one => one.Report.Stops) ? ExitCode.Findings : ExitCode.Clean;
    }

    private RuleContext Context(FlowSet flows, IReadOnlyList<ReplicaFacts> replicas) => new(flows)
    {
        Replicas = replicas,
        Environment = options.Environment,
        Settings = options.Settings,
    };

    private FlowFile Fixed(string name, FlowFile file, IReadOnlyList<ReplicaFacts> replicas)
    {
        FixedFile? better;
        try
        {
            better = Fixer.Fix(file, flows => Context(flows, replicas), options.Profile, options.Group);
        }
        catch (InvalidOperationException e)
        {
            throw new UnusableInputException($"{name}: {e.Message}");
        }
        // The diff is for the person; with a machine's format standard output belongs to the machine.
        var shown = options.Format == "human" ? terminal.Out : terminal.Error;
        if (better is null)
        {
            shown.WriteLine($"{name}: nothing that is safe to fix.");
            return file;
        }
        DiffText.Write(terminal with { Out = shown }, better.Diff);
        if (options.DryRun)
        {
            shown.WriteLine($"{name}: not written ({Counted(better)}).");
            return file;
        }
        if (name == "-" || FlowSource.IsUrl(name))
        {
            throw new UnusableInputException($"{name}: fixes are written into files only. Save the flows as a file first.");
        }
        Write(name, better.File.Content);
        shown.WriteLine($"{name}: written ({Counted(better)}).");
        return better.File;
    }

    private static string Counted(FixedFile better) => better.Findings.Count == 1 ? "1 finding fixed" : $"{better.Findings.Count} findings fixed";

    // Never half a file: written beside it, then put in its place. A link stays a link, and the file keeps its mode.
    private static void Write(string name, ReadOnlyMemory<byte> content)
    {
        var real = new FileInfo(name).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(name);
        var beside = $"{real}.fixing";
        try
        {
            File.WriteAllBytes(beside, content.Span);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(beside, File.GetUnixFileMode(real));
            }
            File.Move(beside, real, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(beside);
            throw new UnusableInputException($"{name} could not be written: {e.Message}");
        }
    }
}
