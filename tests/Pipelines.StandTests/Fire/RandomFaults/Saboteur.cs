using System.Collections.Concurrent;
using Pipelines.Testing;

namespace Pipelines.StandTests.Fire.RandomFaults;

/// <summary>Does to a plant what the plan says. What happens to one process or connection happens one after the other; different ones break side by side.</summary>
internal sealed class Saboteur(FaultPlant plant)
{
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _done = new(StringComparer.Ordinal);

    /// <summary>How many of each kind.</summary>
    public IReadOnlyDictionary<string, int> Done => _done;

    public void Do(Accident accident)
    {
        switch (accident)
        {
            case Accident.Answer answer:
                Count(accident.Name);
                WhoAnswers(answer.Replica).Faults.On(answer.Method, answer.Path, answer.Fault);
                break;
            case Accident.Gone:
                Then($"replica {plant.Replicas.Count - 1}", accident.Name, () => plant.Gone.Replicas[^1].Fake.DieAsync());
                break;
            case Accident.Process process:
                Then(Place(process), accident.Name, () => BreakAsync(process));
                break;
        }
    }

    /// <summary>Waits until the last is over.</summary>
    public Task StopAsync() => Task.WhenAll(_last.Values);

    // In the order of the plan, for each place on its own.
    private void Then(string place, string kind, Func<Task> work)
    {
        var before = _last.GetValueOrDefault(place, Task.CompletedTask);
        _last[place] = Task.Run(async () =>
        {
            await before;
            Count(kind);
            await work();
        });
    }

    private void Count(string kind) => _done.AddOrUpdate(kind, 1, (_, count) => count + 1);

    private static string Place(Accident.Process process) => process.Kind switch
    {
        Trouble.ServiceKilled or Trouble.ServiceFrozen => $"service {process.Which}",
        Trouble.BrokerStopped or Trouble.BrokerKilled => "broker",
        Trouble.PostgresRestarted or Trouble.PostgresKilled => "postgres",
        Trouble.DatabaseCut or Trouble.DatabaseSilent => $"database line {process.Which}",
        Trouble.BusCut or Trouble.BusSilent => $"bus line {process.Which}",
        _ => $"replica {process.Which}",
    };

    private FakeNodeRed WhoAnswers(int index) =>
        index < plant.Replicas.Count ? plant.Replicas[index].Fake : plant.Targets[plant.Pipelines[index - plant.Replicas.Count].From].Development;

    private async Task BreakAsync(Accident.Process process)
    {
        switch (process.Kind)
        {
            case Trouble.ServiceKilled:
                await plant.Seats[process.Which].Service.KillAsync();
                await plant.Seats[process.Which].Service.StartAgainAsync();
                break;
            case Trouble.ServiceFrozen:
                await WhileAsync(process.For, plant.Seats[process.Which].Service.Pause, plant.Seats[process.Which].Service.Resume);
                break;
            case Trouble.BrokerStopped:
                await WhileAsync(process.For, () => plant.Broker!.StopAsync(), () => plant.Broker!.StartAgainAsync());
                break;
            case Trouble.BrokerKilled:
                await WhileAsync(process.For, () => plant.Broker!.KillAsync(), () => plant.Broker!.StartAgainAsync());
                break;
            case Trouble.PostgresRestarted when plant.Postgres.CanBeStopped:
                await WhileAsync(process.For, () => plant.Postgres.StopAsync(), () => plant.Postgres.StartAgainAsync());
                break;
            case Trouble.PostgresKilled when plant.Postgres.CanBeStopped:
                await WhileAsync(process.For, () => plant.Postgres.KillAsync(), () => plant.Postgres.StartAgainAsync());
                break;
            case Trouble.DatabaseCut:
                await WhileAsync(process.For, plant.Seats[process.Which].Database.Cut, plant.Seats[process.Which].Database.Mend);
                break;
            case Trouble.DatabaseSilent:
                await WhileAsync(process.For, plant.Seats[process.Which].Database.Silence, plant.Seats[process.Which].Database.Mend);
                break;
            case Trouble.BusCut:
                await WhileAsync(process.For, plant.Seats[process.Which].Bus!.Cut, plant.Seats[process.Which].Bus!.Mend);
                break;
            case Trouble.BusSilent:
                await WhileAsync(process.For, plant.Seats[process.Which].Bus!.Silence, plant.Seats[process.Which].Bus!.Mend);
                break;
            case Trouble.ReplicaKilled:
                await WhileAsync(process.For, () => plant.Replicas[process.Which].Fake.DieAsync(), () => ReviveAsync(plant.Replicas[process.Which].Fake));
                break;
            case Trouble.ReplicaFrozen:
                await WhileAsync(process.For, plant.Replicas[process.Which].Fake.Freeze, plant.Replicas[process.Which].Fake.Thaw);
                break;
            case Trouble.ReplicaCut:
                await WhileAsync(process.For, plant.Replicas[process.Which].Line.Cut, plant.Replicas[process.Which].Line.Mend);
                break;
        }
    }

    // Who is gone stays so.
    private Task ReviveAsync(FakeNodeRed fake) => fake == plant.Gone.Replicas[^1].Fake && _done.ContainsKey("ReplicaGone") ? Task.CompletedTask : fake.ReviveAsync();

    private static Task WhileAsync(TimeSpan time, Action breaks, Action mends) => WhileAsync(time, Now(breaks), Now(mends));

    // How long it is broken is the fault itself; nothing is waited for.
    private static async Task WhileAsync(TimeSpan time, Func<Task> breaks, Func<Task> mends)
    {
        await breaks();
        await Task.Delay(time);
        await mends();
    }

    private static Func<Task> Now(Action action) => () =>
    {
        action();
        return Task.CompletedTask;
    };
}
