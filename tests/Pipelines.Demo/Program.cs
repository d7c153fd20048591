using Pipelines.Demo;

using var stop = new StopSignal();
try
{
    switch (args)
    {
        case [] or ["demo"]:
            await DemoWalk.RunAsync(stop.Token);
            return 0;
        case ["up"]:
            await Up.RunAsync(stop.Token);
            return 0;
        default:
            Screen.Problem($"'{string.Join(' ', args)}' is not a verb. There are: demo, up.");
            return 2;
    }
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    Screen.Problem("Stopped before the end; everything that was started is gone.");
    return 130;
}
catch (Exception e)
{
    // The stand's exceptions explain themselves; a stack trace of a demo helps nobody.
    Screen.Problem(e.Message);
    return 1;
}
