using System.Diagnostics.Metrics;

namespace Pipelines.Storage.Hosting;

/// <summary>What the durable core had to do that it should not have to: each count is worth a look.</summary>
internal sealed class StorageMetrics
{
    private readonly Counter<long> _setAside;
    private readonly Counter<long> _drivenOn;
    private readonly Counter<long> _busRestarts;

    public StorageMetrics(IMeterFactory? meters)
    {
        var meter = meters?.Create("Pipelines") ?? new Meter("Pipelines");
        _setAside = meter.CreateCounter<long>("pipelines.messages.set_aside", description: "Messages that were set aside, by kind and endpoint.");
        _drivenOn = meter.CreateCounter<long>("pipelines.watchdog.driven_on", description: "Sagas past their deadline that the watchdog woke, by machine.");
        _busRestarts = meter.CreateCounter<long>("pipelines.watchdog.bus_restarts", description: "How often a wedged bus was started again.");
    }

    public void SetAside(string kind, string endpoint) => _setAside.Add(1, new("kind", kind), new("endpoint", endpoint));

    public void DrivenOn(string machine) => _drivenOn.Add(1, new KeyValuePair<string, object?>("machine", machine));

    public void BusRestarted() => _busRestarts.Add(1);
}
