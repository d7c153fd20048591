using System.Collections.Concurrent;
using System.Diagnostics;
using NUnit.Framework;
using Pipelines.NodeRed.Admin;

namespace Pipelines.ServiceTests;

internal sealed class TraceTests
{
    [Test]
    public async Task One_promotion_is_one_trace_from_the_webhook_to_the_last_replica()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "MassTransit" or NodeRedTelemetry.SourceName or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var service = await ServiceUnderTest.StartAsync();
        // It boots: a pause and its timer are part of the way.
        service.Development.Faults.OnReadFlows(new Testing.Fault.BootNull(), times: 1);
        var trace = ActivityTraceId.CreateRandom();
        using var delivery = service.Delivery("msg_trace");
        delivery.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using var response = await service.Anonymous.SendAsync(delivery);
        var id = (await ServiceUnderTest.JsonOf(response)).GetProperty("id").GetGuid();
        await service.EndOfAsync(id, "Succeeded");

        await service.Log.FirstOfAsync(3100);

        var spans = stopped.Where(x => x.Source.Name is "MassTransit" or NodeRedTelemetry.SourceName).ToList();
        Assert.That(spans.SelectMany(x => x.Tags).Select(x => x.Value), Has.Some.Contains("SnapshotWaitOver"), "no timer was on the way");
        Assert.That(spans.Count(x => x.Source.Name == NodeRedTelemetry.SourceName && x.DisplayName.Contains("deploy", StringComparison.OrdinalIgnoreCase)), Is.GreaterThanOrEqualTo(2));
        Assert.That(spans.Where(x => x.TraceId != trace).Select(x => $"{x.Source.Name} {x.DisplayName} {x.TraceId}"), Is.Empty);
    }
}
