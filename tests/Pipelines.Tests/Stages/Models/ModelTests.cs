using System.Globalization;
using CsCheck;
using NUnit.Framework;

namespace Pipelines.Tests.Stages.Models;

/// <summary>
/// Random lives of every machine. <c>MODEL_SEQUENCES=100000</c> asks for so many of each; a failure names its seed, for <c>CsCheck_Seed</c>.
/// </summary>
[TestFixture]
internal sealed class ModelTests
{
    private static readonly long Sequences = long.Parse(Environment.GetEnvironmentVariable("MODEL_SEQUENCES") ?? "2000", CultureInfo.InvariantCulture);

    private static readonly Gen<RolloutModel.Setup> Setups =
        from replicas in Gen.Int[0, 5]
        from limit in Gen.Int[0, 4]
        from waves in Gen.Int[0, 2]
        from soak in Gen.Bool
        from hold in Gen.Bool
        from foreigners in Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true)))
        from anxious in Gen.Bool
        select new RolloutModel.Setup(replicas, limit, waves, soak, hold, foreigners, anxious);

    [Test]
    public void Whatever_happens_all_replicas_end_on_one_revision() =>
        Gen.Select(Setups, Gen.Int[0, 99_999].Array[0, 250]).Sample(
            (setup, numbers) =>
            {
                var model = new RolloutModel(setup);
                foreach (var number in numbers)
                {
                    model.Step(number);
                }

                model.RunToTheEnd();
            },
            iter: Sequences,
            threads: 1);

    [Test]
    public void The_conductor_does_what_its_model_does() => Live(setup => new ConductorModel(setup));

    [Test]
    public void A_snapshot_does_what_its_model_does() => Live(setup => new AskingModel(validates: false, setup));

    [Test]
    public void A_validation_does_what_its_model_does() => Live(setup => new AskingModel(validates: true, setup));

    [Test]
    public void A_replica_does_what_its_model_does() => Live(setup => new ReplicaModel(setup));

    [Test]
    public void A_rollout_knows_every_event_in_every_state() => Live(setup => new RolloutEvents(setup));

    private static void Live(Func<int, MachineModel> begin) =>
        Gen.Select(Gen.Int[0, 59], Gen.Int[0, 99_999].Array[0, 80]).Sample(
            (setup, numbers) =>
            {
                var model = begin(setup);
                foreach (var number in numbers)
                {
                    model.Step(number);
                }
            },
            iter: Sequences,
            threads: 1);
}
