#if FAULT_HOOKS
using Npgsql;
using NUnit.Framework;
using Pipelines.StandTests.Fire.Auditing;

namespace Pipelines.StandTests.Fire;

/// <summary>
/// Who audits the auditor: promotions are walked for real, then in a copy of their database, or in what a replica has on record, one thing is made wrong, and the auditor has to find it.
/// </summary>
public sealed class AuditorTests
{
    private readonly List<string> _copies = [];
    private FirePlant _plant = null!;
    private string _database = null!;
    private (Guid First, Guid Second, Guid Back, Guid Held) _promotions;
    private List<ReplicaRecord> _records = [];

    [OneTimeSetUp]
    public async Task WalkAsync()
    {
        _database = await StandOfTheRun.DatabaseAsync("audited");
        _plant = await FirePlant.StartAsync(_database, broker: null, forth: 1, back: 1, hold: 1);
        var (forth, back, hold) = (_plant.Lanes[0], _plant.Lanes[1], _plant.Lanes[2]);
        await _plant.PromoteAsync(forth);
        Assert.That(await _plant.EndAsync(forth), Is.EqualTo("Succeeded"));
        var first = forth.Promotion;
        await _plant.PromoteAsync(forth);
        Assert.That(await _plant.EndAsync(forth), Is.EqualTo("Succeeded"));
        await _plant.PromoteAsync(back);
        Assert.That(await _plant.EndAsync(back), Is.EqualTo("RolledBack"));
        await _plant.QuietAsync();
        await _plant.PromoteAsync(hold);
        await _plant.CallAsync(hold);
        await _plant.Service.StopAsync();
        _promotions = (first, forth.Promotion, back.Promotion, hold.Promotion);
        _records = [.. _plant.Lanes.SelectMany(lane => lane.Records())];
        // A database is only copied while nobody is connected to it.
        _plant.Database.Clear();
    }

    [OneTimeTearDown]
    public async Task EndAsync() => await _plant.DisposeAsync();

    [Test]
    public async Task What_nobody_touched_is_clean()
    {
        await using var database = await CopyAsync();

        Assert.That(await new Auditor().AuditAsync(database, _records, _plant.Receipts), Is.Empty);
    }

    [TestCaseSource(typeof(Seeds), nameof(Seeds.All))]
    public async Task A_violation_is_found(Seed seed)
    {
        ArgumentNullException.ThrowIfNull(seed);
        await using var database = await CopyAsync();
        var auditor = new Auditor();
        Assert.That(await auditor.AuditAsync(database, _records, _plant.Receipts), Is.Empty, "before");
        await ExecuteAsync(database, seed);

        var found = await auditor.AuditAsync(database, seed.Forge?.Invoke([.. _records]) ?? _records, [.. _plant.Receipts, .. seed.Receipts]);

        await TestContext.Out.WriteLineAsync(string.Join('\n', found));
        Assert.That(found.Select(x => x.Rule).Distinct(), seed.Alone ? Is.EqualTo(new[] { seed.Rule }) : Does.Contain(seed.Rule), string.Join('\n', found));
    }

    [Test]
    public void Every_rule_is_shown_to_find_something() =>
        Assert.That(Auditor.Rules.Select(x => x.Name), Is.EquivalentTo(Seeds.All.Select(x => x.Rule).Distinct()));

    private async Task<NpgsqlDataSource> CopyAsync()
    {
        _copies.Add(await StandOfTheRun.CopyAsync(_database, $"seeded_{_copies.Count}"));
        return NpgsqlDataSource.Create(_copies[^1]);
    }

    private async Task ExecuteAsync(NpgsqlDataSource database, Seed seed)
    {
        if (seed.Sql.Length == 0)
        {
            return;
        }

        var sql = seed.Sql
            .Replace("{first}", $"'{_promotions.First}'", StringComparison.Ordinal)
            .Replace("{second}", $"'{_promotions.Second}'", StringComparison.Ordinal)
            .Replace("{back}", $"'{_promotions.Back}'", StringComparison.Ordinal)
            .Replace("{held}", $"'{_promotions.Held}'", StringComparison.Ordinal);
#pragma warning disable CA2100 // The seeds' own texts.
        await using var command = database.CreateCommand($"{Seeds.Unguarded}{sql};{(seed.Rechain ? Seeds.Rechained : "")}");
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
#endif
