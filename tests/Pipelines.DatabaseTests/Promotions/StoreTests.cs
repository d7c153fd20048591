using System.Security.Cryptography;
using Dapper;
using Npgsql;
using NUnit.Framework;
using Pipelines.Engine.Promotions;
using Pipelines.NodeRed.Flows;
using Pipelines.Storage.Locks;
using Pipelines.Storage.Snapshots;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>What the database itself refuses, whatever a mistake in the engine might try.</summary>
public sealed class StoreTests
{
    [Test]
    public async Task A_stored_snapshot_cannot_be_changed()
    {
        await using var store = await Store.CreateAsync();
        var flows = FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows("v1"));
        await store.InUnitAsync(unit => { new SnapshotStore(unit, TimeProvider.System).Keep(flows); return Task.FromResult(0); });
        await store.InUnitAsync(unit => { new SnapshotStore(unit, TimeProvider.System).Keep(flows); return Task.FromResult(0); });

        await using var connection = new NpgsqlConnection(store.ConnectionString);
        Assert.That(await connection.ExecuteScalarAsync<int>("select count(*)::int from snapshot"), Is.EqualTo(1), "stored once under its digest");
        Assert.That(
            async () => await connection.ExecuteAsync("update snapshot set size = 0"),
            Throws.InstanceOf<PostgresException>().With.Message.Contains("only ever added to"));
    }

    [Test]
    public async Task A_stored_snapshot_comes_back_byte_for_byte()
    {
        await using var store = await Store.CreateAsync();
        var flows = FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows("ä \\u2028 1.0e2"));
        await store.InUnitAsync(unit => { new SnapshotStore(unit, TimeProvider.System).Keep(flows); return Task.FromResult(0); });

        await using var source = NpgsqlDataSource.Create(store.ConnectionString);
        var found = await new SnapshotReader(new Pipelines.Storage.Outside(source)).FindAsync(flows.Digest, CancellationToken.None);

        Assert.That(found!.Bytes.ToArray(), Is.EqualTo(flows.Bytes.ToArray()));
        Assert.That(await new SnapshotReader(new Pipelines.Storage.Outside(source)).FindAsync(Digest.Of("[]"u8), CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task A_target_goes_from_hand_to_hand_in_the_order_of_the_line_and_its_token_only_grows()
    {
        await using var store = await Store.CreateAsync();
        var stages = Enumerable.Range(0, 4).Select(_ => Guid.NewGuid()).ToArray();
        var tokens = new List<long>();

        tokens.Add((await TakeAsync(store, stages[0]))!.Value);
        Assert.That(await TakeAsync(store, stages[0]), Is.EqualTo(tokens[0]), "who holds it and asks again has the same token");
        foreach (var waiting in stages[1..])
        {
            Assert.That(await TakeAsync(store, waiting), Is.Null);
        }

        // The second in line gives up before its turn.
        Assert.That(await ReleaseAsync(store, stages[2]), Is.Null);
        var next = await ReleaseAsync(store, stages[0]);
        Assert.That(next!.StageId, Is.EqualTo(stages[1]));
        tokens.Add(next.Token);
        next = await ReleaseAsync(store, stages[1]);
        Assert.That(next!.StageId, Is.EqualTo(stages[3]));
        tokens.Add(next.Token);
        Assert.Multiple(() =>
        {
            Assert.That(tokens, Is.Ordered.Ascending.And.Unique);
        });
        Assert.That(await ReleaseAsync(store, stages[3]), Is.Null);
        Assert.That(await TakeAsync(store, stages[2]), Is.GreaterThan(tokens[^1]));
    }

    [Test]
    public async Task Nobody_is_forgotten_in_line_when_many_take_and_release_at_once()
    {
        await using var store = await Store.CreateAsync();
        var stages = Enumerable.Range(0, 40).Select(_ => Guid.NewGuid()).ToArray();
        var held = new List<Guid>();

        // Each that gets the target hands it on at once, so takes and releases meet in every order.
        await Task.WhenAll(stages.Select(async stage =>
        {
            for (var holder = await TakeAsync(store, stage) is null ? (Guid?)null : stage; holder is { } now;)
            {
                lock (held)
                {
                    held.Add(now);
                }

                holder = (await ReleaseAsync(store, now))?.StageId;
            }
        }));

        Assert.That(held, Is.EquivalentTo(stages));
    }

    [Test]
    public async Task A_database_that_was_restored_from_before_a_definition_gets_it_again_with_the_next_try()
    {
        await using var plant = await PromotionPlant.StartAsync();
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
        await plant.ExecuteAsync("set session_replication_role = replica; delete from definition; reset session_replication_role");

        Assert.That(async () => await plant.PromoteAsync(), Throws.InstanceOf<Npgsql.NpgsqlException>().And.Message.Contains("next try"));

        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
    }

    [Test]
    public async Task The_timeline_has_no_gaps_and_its_hash_chain_verifies()
    {
        await using var plant = await PromotionPlant.StartAsync();
        var promotion = await plant.PromoteAsync();
        await plant.WaitForAsync(promotion, "Succeeded");

        var lines = await plant.QueryAsync<Line>(
            "select seq, at, type, data::text as data, hash from promotion_event where promotion_id = @promotion order by seq", new { promotion });
        var before = Array.Empty<byte>();
        foreach (var (index, line) in lines.Index())
        {
            var micros = (line.At.ToUniversalTime() - DateTimeOffset.UnixEpoch).Ticks / 10;
            byte[] content = [.. before, .. System.Text.Encoding.UTF8.GetBytes($"{promotion}|{line.Seq}|{micros}|{line.Type}|{line.Data}")];
            Assert.That(line.Seq, Is.EqualTo(index + 1));
            Assert.That(line.Hash, Is.EqualTo(SHA256.HashData(content)), $"line {line.Seq} does not follow from the one before it");
            before = line.Hash;
        }

        Assert.That(async () => await plant.AskAsync<int>("update promotion_event set type = 'x' returning 1"), Throws.InstanceOf<PostgresException>());
        Assert.That(async () => await plant.AskAsync<int>("delete from promotion_event returning 1"), Throws.InstanceOf<PostgresException>());
    }

    [Test]
    public async Task An_end_is_not_left()
    {
        await using var plant = await PromotionPlant.StartAsync();
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");

        Assert.That(
            async () => await plant.AskAsync<int>("update promotion set state = 'Running', ended_at = null returning 1"),
            Throws.InstanceOf<PostgresException>().With.Message.Contains("stays so"));
    }

    private static Task<long?> TakeAsync(Store store, Guid stage) =>
        store.InUnitAsync(unit => new TargetLocks(unit, TimeProvider.System).TakeAsync("plant", stage, stage, CancellationToken.None));

    private static Task<NextInLine?> ReleaseAsync(Store store, Guid stage) =>
        store.InUnitAsync(unit => new TargetLocks(unit, TimeProvider.System).ReleaseAsync("plant", stage, stage, CancellationToken.None));

    private sealed record Line
    {
        public int Seq { get; init; }

        public DateTimeOffset At { get; init; }

        public string Type { get; init; } = "";

        public string Data { get; init; } = "";

        public byte[] Hash { get; init; } = [];
    }
}
