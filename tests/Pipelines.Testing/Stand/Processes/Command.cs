namespace Pipelines.Testing.Stand.Processes;

/// <summary>A program that is run to its end.</summary>
internal static class Command
{
    public static async Task<CommandResult> RunAsync(ChildProcessOptions options, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await using var child = await ChildProcess.StartAsync(options, cancellationToken);
            var code = await child.Exited.WaitAsync(timeout, cancellationToken);
            return new CommandResult(code, child.Log.Tail(40));
        }
        catch (TimeoutException)
        {
            return new CommandResult(124, $"no end within {timeout.TotalSeconds:0} s");
        }
    }
}

internal sealed record CommandResult(int Code, string Output)
{
    public bool Ok => Code == 0;

    public override string ToString() => $"exit code {Code}: {Output}";
}
