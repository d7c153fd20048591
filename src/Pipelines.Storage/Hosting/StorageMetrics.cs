using System.Diagnostics.Metrics;

namespace Pipelines.Storage.Hosting;

/// <summary>What was accepted, from whichever trigger; what the durable core had to do that it should not have to, each count worth a look; and what its clock started.</summary>
internal sealed class StorageMetrics
{
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _setAside;
    private readonly Counter<long> _drivenOn;
    private readonly Counter<long> _busRestarts;
    private readonly Counter<long> _times;
    private readonly Histogram<double> _lateness;

    public StorageMetrics(IMeterFactory? meters)
    {
        var meter = meters?.Create("Pipelines") ?? new Meter("Pipelines");
        _accepted = meter.CreateCounter<long>("pipelines.promotions.accepted", description: "Promotions that were accepted, by pipeline and trigger.");
        _setAside = meter.CreateCounter<long>("pipelines.messages.set_aside", description: "Messages that were set aside, by kind and endpoint.");
        _drivenOn = meter.CreateCounter<long>("pipelines.watchdog.driven_on", description: "Sagas past their deadline that the watchdog woke, by machine.");
        _busRestarts = meter.CreateCounter<long>("pipelines.watchdog.bus_restarts", description: "How often a wedged bus was started again.");
        _times = meter.CreateCounter<long>("pipelines.schedules.times", description: "Times of schedules that came, by pipeline and what became of them.");
        _lateness = meter.CreateHistogram<double>("pipelines.schedules.lateness", "s", "From when a time was due to when its promotion was accepted.");
    }

    public void Accepted(string pipeline, string trigger) => _accepted.Add(1, new("pipeline", pipeline), new("trigger", trigger));

    public void SetAside(string kind, string endpoint) => _setAside.Add(1, new("kind", kind), new("endpoint", endpoint));

    public void DrivenOn(string machine) => _drivenOn.Add(1, new KeyValuePair<string, object?>("machine", machine));

    public void TimeCame(string pipeline, string outcome) => _times.Add(1, new("pipeline", pipeline), new("outcome", outcome));

    public void StartedLate(TimeSpan lateness) => _lateness.Record(lateness.TotalSeconds);

    public void BusRestarted() => _busRestarts.Add(1);
}
