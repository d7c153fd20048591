using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pipelines.Service.Wiring;

namespace Pipelines.ServiceTests;

/// <summary>What one service has counted, by instrument and tags.</summary>
internal sealed class Counts : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public Counts(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == PromotionMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = instrument.Name;
            foreach (var (key, tag) in tags)
            {
                name += $" {key}={tag}";
            }

            _counts.AddOrUpdate(name, value, (_, before) => before + value);
        });
        _listener.Start();
    }

    public long this[string name] => _counts.GetValueOrDefault(name);

    public override string ToString() => string.Join('\n', _counts.OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => $"{x.Key}: {x.Value}"));

    public void Dispose() => _listener.Dispose();
}
