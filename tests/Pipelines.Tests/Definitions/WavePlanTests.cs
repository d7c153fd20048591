using CsCheck;
using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Rollout;

namespace Pipelines.Tests.Definitions;

[TestFixture]
internal sealed class WavePlanTests
{
    [TestCase("1", "1", 3, "1 1 1")]
    [TestCase("1,2", "2", 4, "1 2 1")]
    [TestCase("1,50%,rest", "2", 4, "1 2 1")]
    [TestCase("25%", "1", 3, "1 1 1")]
    [TestCase("2", "50%", 5, "2 2 1")]
    [TestCase("1,rest", "9", 10, "1 9")]
    [TestCase("1", "1", 1, "1")]
    public void Waves_take_all_replicas(string waves, string maxUnavailable, int replicas, string sizes) =>
        Assert.That(string.Join(' ', WavePlan.For(Settings(waves.Split(','), maxUnavailable), replicas).Sizes), Is.EqualTo(sizes));

    private static readonly Gen<string> Wave = Gen.OneOf(Gen.Int[1, 12].Select(x => $"{x}"), Gen.Int[1, 100].Select(x => $"{x}%"), Gen.Const("rest"), Gen.Const("0"), Gen.String[0, 3]);

    [Test]
    public void A_plan_takes_every_replica_once_and_never_too_many_together() =>
        Gen.Select(Wave.Array[0, 4], Wave, Gen.Int[1, 30]).Sample((waves, maxUnavailable, replicas) =>
        {
            var refusals = new List<string>();
            var plan = WavePlan.TryLay(Settings(waves, maxUnavailable), replicas, (path, text) => refusals.Add($"{path}: {text}"));
            return plan is null
                ? refusals.Count > 0
                : refusals.Count == 0
                    && plan.Sizes.Sum() == replicas
                    && plan.Sizes.All(x => x >= 1 && x <= plan.MaxUnavailable)
                    && (replicas == 1 || plan.MaxUnavailable < replicas);
        });

    [Test]
    public void What_does_not_fit_is_not_planned() =>
        Assert.That(() => WavePlan.For(Settings(["2"], "1"), 3), Throws.ArgumentException.With.Message.Contains("larger than maxUnavailable (1)"));

    private static RolloutSettings Settings(IReadOnlyList<string> waves, string maxUnavailable) => new() { To = "plant-a", Waves = waves, MaxUnavailable = maxUnavailable };
}
