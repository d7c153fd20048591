#if FAULT_HOOKS
using System.Globalization;
using NUnit.Framework;
using Pipelines.Engine.Durable;
using Pipelines.StandTests.Fire.Auditing;
using Pipelines.Testing.Stand.RabbitMq;

namespace Pipelines.StandTests.Fire;

/// <summary>
/// The process dies at every place between two effects that a promotion passes, on the way forth and on the way back. The places are not listed here but recorded from a promotion
/// of each way; the way back has for its own what comes after it has parted from the other.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class CrashPointTests
{
    /// <summary>Where the ways part: the second replica has taken the snapshot and does not run it.</summary>
    private const string Parting = "DeployReplicaConsumer/DeployReplica: answer ReplicaRefused";

    private const int LanesForth = 8;
    private const int LanesBack = 4;

    [Test]
    [TestCase("InMemory")]
    [TestCase("RabbitMq")]
    public async Task Whoever_dies_between_two_effects_is_followed_by_one_who_ends_it_as_if_nothing_had_been(string transport)
    {
        await using var broker = transport == "RabbitMq" ? await RabbitMqBroker.StartAsync() : null;
        await using var plant = await FirePlant.StartAsync(await StandOfTheRun.DatabaseAsync("fire"), broker?.ConnectionUri, LanesForth, LanesBack);
        var forth = await plant.RecordAsync(plant.Lanes[0]);
        var back = await plant.RecordAsync(plant.Lanes[LanesForth]);
        var round = new Round(plant, forth, back);

        await round.WalkAsync();

        await TestContext.Out.WriteLineAsync($"{transport}: {round.Lines.Count} crash points\n{string.Join('\n', round.Lines)}");
        Assert.Multiple(() =>
        {
            Assert.That(round.Violations, Is.Empty);
            Assert.That(round.Places, Is.EquivalentTo(CrashPoint.Places.Except(transport == "RabbitMq" ? [] : BrokerOnly)), "a place that no promotion passes is none");
        });
    }

    /// <summary>In memory nobody deletes what was sent, and nobody outside is told over a bus.</summary>
    private static readonly string[] BrokerOnly = ["delete.before", "delete.after", "publish.before", "publish.after"];

    private sealed class Round
    {
        private readonly Auditor _auditor = new();
        private readonly FirePlant _plant;
        private readonly Queue<string> _forth;
        private readonly Queue<string> _back;
        private readonly Queue<string> _nobodys;

        public Round(FirePlant plant, IReadOnlyList<(string Pipeline, string Point)> forth, IReadOnlyList<(string Pipeline, string Point)> back)
        {
            _plant = plant;
            _forth = new(forth.Where(x => x.Pipeline != CrashPoint.Nobody).Select(x => x.Point));
            _back = new(back.Where(x => x.Pipeline != CrashPoint.Nobody).Select(x => x.Point).SkipWhile(point => point != Parting));
            _nobodys = new(forth.Concat(back).Where(x => x.Pipeline == CrashPoint.Nobody).Select(x => x.Point).Distinct());
            Places = forth.Concat(back).Select(x => x.Point.Split(": ")[1].Split(' ')[0]).ToHashSet(StringComparer.Ordinal);
        }

        public IReadOnlySet<string> Places { get; }

        public List<string> Lines { get; } = [];

        public List<string> Violations { get; } = [];

        public async Task WalkAsync()
        {
            while (_forth.Count + _back.Count + _nobodys.Count > 0)
            {
                await DieOnceAsync();
            }
        }

        private async Task DieOnceAsync()
        {
            var orders = new List<(Lane Lane, string Point, string? Since)>();
            // The first lane forth is kept for whoever brings the process to a point that is nobody's.
            var atLast = _nobodys.TryDequeue(out var nobodys) ? nobodys : null;
            foreach (var lane in _plant.Lanes.Skip(1))
            {
                if ((lane.Way == Way.Forth ? _forth : _back).TryDequeue(out var point))
                {
                    orders.Add((lane, point, lane.Way == Way.Back && point != Parting ? Parting : null));
                }
            }

            var driver = atLast is null ? null : _plant.Lanes[0];
            await _plant.DieAsync(orders, atLast, driver);
            var walks = orders.Select(order => (order.Lane, order.Point)).Concat(driver is null ? [] : [(driver, atLast!)]).ToList();
            var states = new List<string>();
            foreach (var (lane, _) in walks)
            {
                states.Add(await _plant.EndAsync(lane));
            }

            await _plant.QuietAsync();
            var violations = await _auditor.AuditAsync(_plant.Database, _plant.Lanes.SelectMany(lane => lane.Records()), _plant.Receipts);
            foreach (var ((lane, point), state) in walks.Zip(states))
            {
                Judge(lane, point, state, violations.Where(x => x.Promotion == lane.Promotion));
            }

            Violations.AddRange(violations.Where(x => !walks.Exists(walk => walk.Lane.Promotion == x.Promotion)).Select(x => $"{string.Join(", ", walks.Select(walk => walk.Point))}: {x}"));
        }

        private void Judge(Lane lane, string point, string state, IEnumerable<Violation> violations)
        {
            var effects = lane.Effects();
            var broken = new List<string>(violations.Select(x => x.ToString()));
            broken.AddRange(Unlike("state", state, lane.StateDue()).Concat(Unlike("effects", effects, lane.EffectsDue())).Concat(Unlike("runs", lane.Runs(), lane.RunsDue())));
            Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{lane.Way,-5} {point,-75} {state,-10} {effects}{(broken.Count == 0 ? "" : $"  ! {string.Join(", ", broken)}")}"));
            Violations.AddRange(broken.Select(x => $"{lane.Way} {point}: {x}"));
        }

        private static IEnumerable<string> Unlike(string what, string is_, string due) => is_ == due ? [] : [$"{what}: '{is_}' instead of '{due}'"];
    }
}
#endif
