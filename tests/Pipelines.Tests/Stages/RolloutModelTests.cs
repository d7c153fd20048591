using System.Globalization;
using CsCheck;
using NUnit.Framework;

namespace Pipelines.Tests.Stages;

/// <summary>Random lives of a rollout. <c>MODEL_SEQUENCES=100000</c> asks for more of them; a failure names its seed, for <c>CsCheck_Seed</c>.</summary>
[TestFixture]
public sealed class RolloutModelTests
{
    private static readonly long Sequences = long.Parse(Environment.GetEnvironmentVariable("MODEL_SEQUENCES") ?? "2000", CultureInfo.InvariantCulture);

    private static readonly Gen<RolloutModel.Setup> Setups =
        from replicas in Gen.Int[0, 5]
        from limit in Gen.Int[0, 4]
        from waves in Gen.Int[0, 2]
        from soak in Gen.Bool
        from hold in Gen.Bool
        from foreigners in Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true)))
        select new RolloutModel.Setup(replicas, limit, waves, soak, hold, foreigners);

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
}
