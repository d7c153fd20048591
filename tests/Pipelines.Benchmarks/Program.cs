using Pipelines.Benchmarks.Promotions;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
await PromotionAgainstRawCalls.RunAsync(stop.Token);
return 0;
