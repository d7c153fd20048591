namespace Pipelines.StandTests.Fire.RandomFaults;

/// <summary>Who is called when a promotion stands and must not go back by itself: they try once more, or not, and then give up.</summary>
internal sealed class People(FaultPlant plant)
{
    private readonly HashSet<Guid> _asked = [];

    public async Task DecideAsync(CancellationToken cancellationToken)
    {
        using var now = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        try
        {
            while (await now.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var (id, pipeline, _) in (await plant.LiveAsync(cancellationToken) ?? []).Where(x => x.State == "NeedsAttention"))
                {
                    if (plant.Pipelines.First(x => x.Name == pipeline).Text.Contains("hold", StringComparison.Ordinal))
                    {
                        var again = _asked.Add(id) && id.ToByteArray()[0] % 2 == 0;
                        await FaultPlant.TryPostAsync(plant.Seats[_asked.Count % plant.Seats.Count], id, again ? "retry" : "abort", cancellationToken);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody calls any more.
        }
    }
}
