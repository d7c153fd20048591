using Npgsql;
using NUnit.Framework;

namespace Pipelines.DatabaseTests;

internal sealed class UnitOfWorkTests
{
    private static readonly DateTimeOffset At = new(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(2));

    private Store _store = null!;

    [SetUp]
    public async Task CreateAsync()
    {
        _store = await Store.CreateAsync();
        await _store.InUnitAsync(unit => unit.ExecuteAsync("create table visit (id int primary key, at timestamptz, mood text, note text)"));
    }

    [TearDown]
    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Test]
    public async Task Rows_are_records_and_instants_are_instants()
    {
        await WriteAsync(1);
        var visit = await ReadAsync(1);

        Assert.That(visit, Is.EqualTo(new Visit(1, At.ToUniversalTime(), Mood.Busy, null)));
        Assert.That(await ReadAsync(2), Is.Null);
    }

    // An attribute is stored as UTF-8 and cannot hold half a pair either.
    [TestCase("a\0b", "ab")]
    [TestCase("a<half>b", "a\ufffdb")]
    [TestCase("{\"a\\u0000\":1}", "{\"a\":1}")]
    [TestCase("whole 🏭", "whole 🏭")]
    public async Task A_text_is_written_without_what_PostgreSQL_cannot_hold_alone_and_in_a_list_with_gaps(string text, string written)
    {
        text = text.Replace("<half>", "\ud800", StringComparison.Ordinal);
        await WriteAsync(1);
        await _store.InUnitAsync(unit =>
        {
            unit.Later("update visit set note = @note where id = 1", new { note = text });
            unit.Later(
                "insert into visit (id, note) select place + 1, note from unnest(@notes) with ordinality as line (note, place)",
                new { notes = new[] { null, text } });
            return Task.FromResult(0);
        });

        var notes = await _store.InUnitAsync(unit => unit.QueryAsync<string?>("select note from visit order by id"));
        Assert.That(notes, Is.EqualTo(new[] { written, null, written }));
    }

    [Test]
    public async Task One_failing_write_takes_the_others_with_it([Values] bool afterARead)
    {
        await WriteAsync(1);
        Assert.That(
            async () => await _store.InUnitAsync(async unit =>
            {
                _ = afterARead ? await unit.QueryAsync<int>("select 1") : [];
                unit.Later("insert into visit (id) values (2)");
                unit.Later("insert into visit (id) values (1)");
                return 0;
            }),
            Throws.InstanceOf<PostgresException>());

        Assert.That(await ReadAsync(2), Is.Null);
    }

    [Test]
    public async Task What_was_read_and_what_is_written_is_one_transaction()
    {
        await WriteAsync(1);
        var answer = await _store.InUnitAsync(async unit =>
        {
            var locked = await unit.QuerySingleOrDefaultAsync<int>("select id from visit where id = 1 for update");
            unit.Later("insert into visit (id) values (@id)", new { id = locked + 1 });
            return locked;
        });

        Assert.That(answer, Is.EqualTo(1));
        Assert.That(await ReadAsync(2), Is.Not.Null);
    }

    private Task<int> WriteAsync(int id) => _store.InUnitAsync(unit =>
    {
        unit.Later("insert into visit (id, at, mood, note) values (@id, @at, @mood, @note)", new { id, at = At, mood = Mood.Busy, note = (string?)null });
        return Task.FromResult(0);
    });

    private Task<Visit?> ReadAsync(int id) => _store.InUnitAsync(unit => unit.QuerySingleOrDefaultAsync<Visit>("select id, at, mood, note from visit where id = @id", new { id }));

    private sealed record Visit(int Id, DateTimeOffset? At, Mood? Mood, string? Note);
}
