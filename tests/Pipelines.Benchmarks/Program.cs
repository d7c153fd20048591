using Pipelines.Benchmarks.Promotions;

if (args is ["rules"]) { return await Pipelines.Benchmarks.Rules.CheckBenchmark.RunAsync(); }
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
await PromotionAgainstRawCalls.RunAsync(stop.Token);
return 0;
