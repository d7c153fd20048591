using Pipelines.Benchmarks.Load;
using Pipelines.Benchmarks.Promotions;
using Pipelines.Benchmarks.Rules;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
switch (args)
{
    case []:
        await PromotionAgainstRawCalls.RunAsync(stop.Token);
        return 0;
    case ["rules"]:
        return await CheckBenchmark.RunAsync();
    case [var verb] when LoadBenchmarks.Verbs.Contains(verb):
        await LoadBenchmarks.RunAsync(verb, stop.Token);
        return 0;
    default:
        Console.Error.WriteLine($"'{string.Join(' ', args)}' is not a verb. There are: none for promotions, rules, {string.Join(", ", LoadBenchmarks.Verbs)}.");
        return 64;
}
