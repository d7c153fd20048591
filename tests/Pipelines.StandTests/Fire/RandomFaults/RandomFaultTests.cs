using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;
using Pipelines.StandTests.Fire.Auditing;
using Pipelines.Testing.Stand;

namespace Pipelines.StandTests.Fire.RandomFaults;

/// <summary>
/// Buttons are pressed without end while everything that can break does, by a seed. When it stops, everything has to end by itself, and the auditor has to have nothing to say.
/// <c>FAULTS_SEED</c> tells a run again, <c>FAULTS_PROMOTIONS</c> makes it longer.
/// </summary>
public sealed class RandomFaultTests
{
    /// <summary>At most so many are under way: more would wait for each other and not for what breaks.</summary>
    private const int AtOnce = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Test]
    [TestCase("RabbitMq", 2, 200)]
    [TestCase("InMemory", 1, 40)]
    public async Task Whatever_breaks_no_invariant_does(string transport, int services, int promotions)
    {
        var seed = Setting("FAULTS_SEED") ?? Random.Shared.Next(1, 1_000_000);
        promotions = Setting("FAULTS_PROMOTIONS") is { } wanted ? Math.Max(1, wanted * promotions / 200) : promotions;
        await TestContext.Progress.WriteLineAsync($"{transport}: FAULTS_SEED={seed}, {promotions} promotions");
        var since = Stopwatch.StartNew();
        await using var plant = await FaultPlant.StartAsync(services, transport == "RabbitMq");
        var plan = new FaultPlan(seed, promotions, plant.Shape);
        var saboteur = new Saboteur(plant);
        using var over = new CancellationTokenSource();
        var people = new People(plant).DecideAsync(over.Token);

        foreach (var (accidents, press) in plan.Steps)
        {
            accidents.ForEach(saboteur.Do);
            await plant.PressAsync(press, CancellationToken.None);
            await RoomAsync(plant);
        }

        var pressed = since.Elapsed;
        await saboteur.StopAsync();
        await plant.MendAsync();
        await plant.QuietAsync();
        await over.CancelAsync();
        await people;
        var violations = await new Auditor().AuditAsync(plant.Database, plant.Records(), plant.Receipts);

        await TestContext.Out.WriteLineAsync(await ReportAsync(plant, saboteur, violations, $"{transport}: FAULTS_SEED={seed}, {promotions} promotions, pressed within {pressed.TotalSeconds:0} s, ended after {since.Elapsed.TotalSeconds:0} s"));
        Assert.That(violations, Is.Empty, $"FAULTS_SEED={seed}\n{string.Join('\n', violations)}");
    }

    [Test]
    public void A_seed_tells_the_same_again()
    {
        var shape = new FaultShape(10, 22, 2, HasBroker: true);
        var plan = new FaultPlan(7, 1000, shape);

        Assert.Multiple(() =>
        {
            Assert.That(Told(new FaultPlan(7, 1000, shape)), Is.EqualTo(Told(plan)));
            Assert.That(Told(new FaultPlan(8, 1000, shape)), Is.Not.EqualTo(Told(plan)));
            Assert.That(plan.Steps.SelectMany(x => x.Accidents).OfType<Accident.Process>().Select(x => x.Kind).Distinct(), Is.EquivalentTo(Enum.GetValues<Trouble>()), "every kind of trouble comes");
        });

        static IEnumerable<string> Told(FaultPlan plan) => plan.Steps.Select(x => $"{string.Join(", ", x.Accidents)} {x.Press}");
    }

    private static Task RoomAsync(FaultPlant plant) => Until.TrueAsync(
        "some promotions to end",
        async token => await plant.LiveAsync(token) switch
        {
            null => "the database is away",
            var live => live.Count < AtOnce ? null : string.Join(", ", live),
        },
        Patience,
        plant.Explain);

    private static async Task<string> ReportAsync(FaultPlant plant, Saboteur saboteur, IReadOnlyList<Violation> violations, string title)
    {
        await using var command = plant.Database.CreateCommand("select state, count(*) from promotion group by state order by state");
        await using var reader = await command.ExecuteReaderAsync();
        var ends = new List<string>();
        while (await reader.ReadAsync())
        {
            ends.Add($"{reader.GetString(0)} {reader.GetInt64(1)}");
        }

        return $"""
            {title}
            promotions: {string.Join(", ", ends)}
            faults: {saboteur.Done.Values.Sum()}: {string.Join(", ", saboteur.Done.OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => $"{x.Key} {x.Value}"))}
            violations: {violations.Count}
            """;
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
