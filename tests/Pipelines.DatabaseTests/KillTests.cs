using System.Diagnostics;
using Dapper;
using MassTransit;
using Npgsql;
using NUnit.Framework;
using Pipelines.Engine.Durable;
using Pipelines.Storage;
using Pipelines.Storage.Durable;

namespace Pipelines.DatabaseTests;

/// <summary>The promise itself: a process that is killed again and again, with its messages in memory, loses nothing and doubles nothing.</summary>
internal sealed class KillTests
{
    public const string ChildDatabase = "PIPELINES_TEST_CHILD_DATABASE";

    private const int Tours = 20;
    private const int Legs = 150;
    private const int Kills = 5;

    [Test]
    public async Task Killed_anywhere_nothing_is_lost_or_doubled()
    {
        var database = await Cluster.NewDatabaseAsync();
        await MigrationTests.MigrateAsync(database);
        await using var connection = new NpgsqlConnection(database);
        await connection.ExecuteAsync("create table effect (tour uuid, leg int)");
        var deaths = new List<int>();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var child = StartChild(database);
            var before = await CountAsync(connection);
            // Killed in the middle of its work, each time a little elsewhere.
            var goal = before + 60 + (kill * 37);
            await Eventually.HoldsAsync(async () => await CountAsync(connection) >= goal, () => $"the child does not work: {before} before, {goal} wanted");
            child.Kill();
            await child.WaitForExitAsync();
            deaths.Add(await CountAsync(connection));
        }

        using var last = StartChild(database);
        await Eventually.HoldsAsync(
            async () => await connection.ExecuteScalarAsync<int>("select count(*)::int from saga where current_state = 'Arrived'") == Tours
                && await connection.ExecuteScalarAsync<int>("select count(*)::int from outbox") == 0,
            () => $"not all tours arrived: {string.Join("; ", connection.Query<string>("select current_state || ' ' || body::text from saga"))}",
            seconds: 60);
        last.Kill();

        TestContext.Out.WriteLine($"killed at {string.Join(", ", deaths)} of {Tours * Legs} effects");
        var wrong = await connection.QueryAsync<string>("select tour || ' leg ' || leg || ': ' || count(*) from effect group by tour, leg having count(*) <> 1");
        Assert.Multiple(async () =>
        {
            Assert.That(wrong, Is.Empty, "effects that happened twice");
            Assert.That(await CountAsync(connection), Is.EqualTo(Tours * Legs), "effects in all");
        });
    }

    public static async Task RunChildAsync(string database)
    {
        await using var plant = await Plant.StartAsync(database, bus =>
        {
            bus.AddSagaStateMachine<TourMachine, TourState>().DurableRepository();
            bus.AddConsumer<EffectConsumer>();
        });
        // Deterministic ids: a tour that has begun ignores a second beginning.
        await plant.PublishAsync([.. Enumerable.Range(1, Tours).Select(n => new BeginTour(new Guid(n, 0, 0, new byte[8])))]);
        await Task.Delay(Timeout.Infinite);
    }

    private static Task<int> CountAsync(NpgsqlConnection connection) => connection.ExecuteScalarAsync<int>("select count(*)::int from effect");

    private static Process StartChild(string database)
    {
        var here = typeof(KillTests).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(here);
        }

        start.Environment["DOTNET_STARTUP_HOOKS"] = here;
        start.Environment[ChildDatabase] = database;
        return Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
    }

    public sealed record BeginTour(Guid Id) : CorrelatedBy<Guid>
    {
        public Guid CorrelationId => Id;
    }

    public sealed record Travel(Guid Id, int Leg);

    public sealed record Travelled(Guid Id, int Leg) : CorrelatedBy<Guid>
    {
        public Guid CorrelationId => Id;
    }

    public sealed record Rested(Guid Id) : CorrelatedBy<Guid>
    {
        public Guid CorrelationId => Id;
    }

    public sealed class TourState : IDurableSaga
    {
        public Guid CorrelationId { get; set; }

        public string CurrentState { get; set; } = null!;

        public DateTimeOffset? DeadlineAt { get; set; }

        public int Leg { get; set; }

        public Guid? RestToken { get; set; }
    }

    public sealed class TourMachine : MassTransitStateMachine<TourState>
    {
        public TourMachine()
        {
            InstanceState(x => x.CurrentState);
            Schedule(() => Rest, x => x.RestToken, x => x.Received = e => e.CorrelateById(m => m.Message.Id));

            Initially(
                When(Begun).Then(x => x.Saga.Leg = 1).Publish(x => new Travel(x.Saga.CorrelationId, x.Saga.Leg)).TransitionTo(Travelling));

            // No guard against an old leg on purpose: a doubled message would show.
            During(Travelling,
                When(LegDone, x => x.Saga.Leg == Legs).TransitionTo(Arrived),
                When(LegDone, x => x.Saga.Leg < Legs && x.Saga.Leg % 10 == 0)
                    .Schedule(Rest, x => new Rested(x.Saga.CorrelationId), _ => TimeSpan.FromMilliseconds(15)),
                When(LegDone, x => x.Saga.Leg < Legs && x.Saga.Leg % 10 != 0)
                    .Then(x => x.Saga.Leg++)
                    .Publish(x => new Travel(x.Saga.CorrelationId, x.Saga.Leg)),
                When(Rest.Received)
                    .Then(x => x.Saga.Leg++)
                    .Publish(x => new Travel(x.Saga.CorrelationId, x.Saga.Leg)),
                Ignore(Begun));
            During(Arrived, Ignore(Begun));
        }

        public State Travelling { get; } = null!;

        public State Arrived { get; } = null!;

        public Event<BeginTour> Begun { get; } = null!;

        public Event<Travelled> LegDone { get; } = null!;

        public Schedule<TourState, Rested> Rest { get; } = null!;
    }

    private sealed class EffectConsumer(UnitOfWork unit) : IConsumer<Travel>
    {
        public Task Consume(ConsumeContext<Travel> context)
        {
            unit.Later("insert into effect (tour, leg) values (@tour, @leg)", new { tour = context.Message.Id, leg = context.Message.Leg });
            return context.Publish(new Travelled(context.Message.Id, context.Message.Leg));
        }
    }
}
