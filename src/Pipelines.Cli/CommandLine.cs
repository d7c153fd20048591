using System.CommandLine;
using System.CommandLine.Invocation;
using Pipelines.Cli.Check;
using Pipelines.Cli.Diff;
using Pipelines.Cli.Explain;

namespace Pipelines.Cli;

internal static class CommandLine
{
    private const string Description = """
        Checks Node-RED flows for high availability, and tells what changed between two sets of flows.

        Exit codes: 0 clean, 1 findings at or over the threshold (diff: the flows differ), 2 unusable input, 64 usage.
        A Node-RED behind a lock is entered with PIPELINES_TOKEN, or with PIPELINES_USER and PIPELINES_PASSWORD.
        """;

    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var root = new RootCommand(Description) { CheckCommand.Create(terminal), ExplainCommand.Create(terminal), DiffCommand.Create(terminal) };
        var parsed = root.Parse(args);
        try
        {
            if (parsed.Action is ParseErrorAction || parsed.Errors.Count > 0 && parsed.Action is null or not SynchronousCommandLineAction)
            {
                if (parsed.Errors.Count > 0)
                {
                    foreach (var error in parsed.Errors)
                    {
                        await terminal.Error.WriteLineAsync(error.Message);
                    }
                    await terminal.Error.WriteLineAsync("See pipelines --help.");
                    return ExitCode.Usage;
                }
            }
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false }, cancellationToken);
        }
        catch (UnusableInputException e)
        {
            await terminal.Error.WriteLineAsync(e.Message);
            return ExitCode.Unusable;
        }
        finally
        {
            await terminal.Out.FlushAsync(CancellationToken.None);
        }
    }
}
