#if FAULT_HOOKS
using Pipelines.StandTests.Fire.Auditing;

namespace Pipelines.StandTests.Fire;

/// <summary>One thing that is made wrong.</summary>
/// <param name="Rule">Which invariant it breaks.</param>
/// <param name="What">In words.</param>
public sealed record Seed(string Rule, string What)
{
    /// <summary>What is changed in the database; <c>{first}</c>, <c>{second}</c>, <c>{back}</c> and <c>{held}</c> are the promotions.</summary>
    public string Sql { get; init; } = "";

    /// <summary>The timeline's hashes are made to fit again, as somebody would who knows how.</summary>
    public bool Rechain { get; init; }

    /// <summary>No other invariant is broken by it.</summary>
    public bool Alone { get; init; } = true;

    /// <summary>What is changed in the replicas' records.</summary>
    internal Func<List<ReplicaRecord>, List<ReplicaRecord>>? Forge { get; init; }

    internal IReadOnlyList<Receipt> Receipts { get; init; } = [];

    public override string ToString() => $"{Rule}: {What}";
}

/// <summary>At least one for each invariant, from each of the auditor's sources that can show it.</summary>
internal static class Seeds
{
    /// <summary>Somebody with rights on the tables gets past their triggers.</summary>
    public const string Unguarded =
        "alter table promotion disable trigger user; alter table promotion_event disable trigger user; alter table snapshot disable trigger user;\n";

    public const string Rechained =
        """

        do $$
        declare
            p record;
            l record;
            h bytea;
            n int;
        begin
            for p in select id from promotion loop
                h := ''; n := 0;
                for l in select * from promotion_event where promotion_id = p.id order by seq loop
                    h := event_hash(h, l.promotion_id, l.seq, l.at, l.type, l.data);
                    update promotion_event set hash = h where promotion_id = p.id and seq = l.seq;
                    n := l.seq;
                end loop;
                update promotion set last_seq = n, last_hash = h where id = p.id;
            end loop;
        end $$;
        """;

    private const string LineOf = "insert into promotion_event select promotion_id, max(seq) + 1, now()";

    public static IEnumerable<Seed> All { get; } =
    [
        new("I1", "a replica that was not restored") { Sql = "update promotion_replica set state = 'Failed' where promotion_id = {back} and index = 0" },
        new("I1", "a replica that lost what it had taken") { Forge = records => Change(records, "t-forth-0", "r1", x => x with { Holds = x.First }) },
        new("I1", "a replica that has never been restored") { Forge = records => Change(records, "t-back-0", "r0", x => x with { Deploys = [x.Deploys[0]], Holds = x.Deploys[0].Revision }), Alone = false },
        new("I1", "a replica that does not run") { Forge = records => Change(records, "t-forth-0", "r0", x => x with { Runs = false }) },
        new("I1", "people who were not told")
        {
            Sql = """update promotion_event set data = jsonb_set(data, '{replicas}', '[]') where promotion_id = {held} and type = 'needs-attention'""",
            Rechain = true,
        },
        new("I1", "people who were told something else")
        {
            Sql = """update promotion_event set data = jsonb_set(data, '{replicas,0,revision}', to_jsonb(repeat('0', 64))) where promotion_id = {held} and type = 'needs-attention'""",
            Rechain = true,
        },
        new("I1", "a success without a stage") { Sql = "update promotion_stage set state = 'Failed' where promotion_id = {second} and kind = 'snapshot'", Alone = false },
        new("I2", "two that were at it at the same time")
        {
            Sql = "update promotion_replica set touched_at = (select ended_at from promotion_stage where promotion_id = {first} and kind = 'rollout') - interval '1 ms' where promotion_id = {second} and index = 0",
            Alone = false,
        },
        new("I2", "a token that did not grow") { Sql = """update saga set body = jsonb_set(body, '{which,token}', '0') where saga = 'replica' and body->'which'->>'promotionId' = {second}""" },
        new("I2", "a deploy when nobody held the target") { Forge = records => Change(records, "t-forth-0", "r0", x => x with { Deploys = [.. x.Deploys, x.Deploys[^1] with { At = x.Deploys[^1].At.AddHours(1) }] }) },
        new("I2", "a deploy of somebody else's flows") { Forge = records => Change(records, "t-back-0", "r1", x => x with { Deploys = [x.Deploys[0] with { Revision = new string('a', 64) }, .. x.Deploys.Skip(1)] }), Alone = false },
        new("I2", "a place in line that was kept") { Sql = "insert into target_line (target, stage_id, promotion_id) select 't-forth-0', gen_random_uuid(), {first}" },
        new("I3", "an end that nobody was told") { Sql = "delete from feed where promotion_id = {first} and event = 'promotion.succeeded'" },
        new("I3", "an end that was told twice") { Sql = "insert into feed (number, promotion_id, seq, event, pipeline, at, line) select (select max(number) + 1 from feed), promotion_id, seq, event, pipeline, at, line from feed where promotion_id = {first} and event = 'promotion.succeeded'" },
        new("I3", "a second end") { Sql = "insert into promotion_event select promotion_id, seq + 1, at, type, data, hash from promotion_event where promotion_id = {back} and type = 'promotion' and (data->>'ended')::boolean", Rechain = true, Alone = false },
        new("I3", "a trigger that was accepted and is not there") { Receipts = [new Receipt("msg_lost", Guid.Empty)] },
        new("I4", "a second one that was taken out too soon")
        {
            Sql = """update promotion_event set data = jsonb_set(data, '{state}', '"Soaking"') where promotion_id = {first} and type = 'replica' and data->>'replica' = 'r0' and data->>'state' = 'Deployed'""",
            Rechain = true,
        },
        new("I4", "a deploy out of turn")
        {
            Forge = records => Change(records, "t-forth-0", "r1", x => x with { Deploys = [x.Deploys[0] with { At = records.First(r => r is { Target: "t-forth-0", Replica: "r0" }).Deploys[0].At }, .. x.Deploys.Skip(1)] }),
            Alone = false,
        },
        new("I5", "a gate that passed too late") { Sql = "update promotion_stage set ended_at = now() where promotion_id = {first} and kind = 'validate'" },
        new("I5", "a gate that did not pass") { Sql = "update promotion_stage set state = 'Failed' where promotion_id = {back} and kind = 'validate'" },
        new("I5", "a gate for other flows") { Sql = """update saga set body = jsonb_set(body, '{snapshotDigest}', to_jsonb(repeat('0', 64))) where saga = 'validate' and body->>'promotionId' = {second}""" },
        new("I5", "a deploy before the gates") { Forge = records => Change(records, "t-back-0", "r0", x => x with { Deploys = [x.Deploys[0] with { At = x.Deploys[0].At.AddMilliseconds(-1), Revision = x.Deploys[0].Revision }, .. x.Deploys.Skip(1)] }), Sql = "update promotion_stage set ended_at = (select min(touched_at) from promotion_replica where promotion_id = {back}) + interval '1 ms' where promotion_id = {back} and kind = 'validate'", Alone = false },
        new("I6", "something else that was recorded") { Sql = "update promotion_replica set before_revision = (select snapshot_digest from promotion where id = {first}) where promotion_id = {back} and index = 0", Alone = false },
        new("I6", "nothing that was recorded") { Sql = "update promotion_replica set before_revision = '' where promotion_id = {second} and index = 0", Alone = false },
        new("I6", "something else that it held") { Forge = records => Change(records, "t-forth-0", "r0", x => x with { First = new string('b', 64) }) },
        new("I7", "a line that was edited") { Sql = """update promotion_event set data = data || '{"by": "nobody"}' where promotion_id = {first} and seq = 3""" },
        new("I7", "a line that is gone") { Sql = "delete from promotion_event where promotion_id = {back} and seq = 4", Rechain = true, Alone = false },
        new("I7", "the last line that is gone") { Sql = "delete from promotion_event e where promotion_id = {held} and seq = (select max(seq) from promotion_event x where x.promotion_id = e.promotion_id)", Alone = false },
        new("I8", "flows that were exchanged") { Sql = "update snapshot set (compressed, size) = (select compressed, size from snapshot where digest = (select snapshot_digest from promotion where id = {first})) where digest = (select snapshot_digest from promotion where id = {second})" },
        new("I8", "flows that are gone") { Sql = "delete from snapshot where digest = (select snapshot_digest from promotion where id = {second})" },
        new("I9", "an end that was left") { Sql = "update promotion set state = 'Aborted' where id = {back}" },
        new("I9", "an end that was left with a line about it") { Sql = $$"""{{LineOf}}, 'stage', '{"index": 2, "kind": "rollout", "state": "Restoring"}', '' from promotion_event where promotion_id = {back} group by promotion_id""", Rechain = true },
        new("I9", "an end that is gone") { Sql = "delete from promotion_event where promotion_id = {first}; delete from promotion_replica where promotion_id = {first}; delete from promotion_stage where promotion_id = {first}; delete from finding where promotion_id = {first}; delete from promotion_diff where promotion_id = {first}; delete from promotion where id = {first}", Alone = false },
        new("I10", "a deploy that was ordered meanwhile") { Sql = $$"""{{LineOf}}, 'replica', '{"target": "t-hold-0", "replica": "r0", "state": "Deploying"}', '' from promotion_event where promotion_id = {held} group by promotion_id""", Rechain = true },
        new("I10", "a replica that was touched meanwhile") { Sql = "update promotion_replica set touched_at = now() where promotion_id = {held} and index = 2" },
        new("I10", "a replica that has on record that it was touched meanwhile")
        {
            Sql = "select 1",
            Forge = records => Change(records, "t-hold-0", "r2", x => x with { Deploys = [new CarriedOut(x.First, TimeProvider.System.GetUtcNow().AddSeconds(-1))] }),
            Alone = false,
        },
        new("I11", "a wait without a deadline") { Sql = "update saga set deadline_at = null where saga = 'rollout' and body->>'promotionId' = {held}" },
        new("I11", "a wait past its deadline") { Sql = "update saga set deadline_at = now() - interval '1 h' where saga = 'promotion' and correlation_id = {held}" },
        new("I11", "a promotion that nobody is at") { Sql = "update promotion set accepted_at = accepted_at - interval '1 h' where id = {held}; delete from saga where saga = 'promotion' and correlation_id = {held}" },
        new("I11", "a wait that outlived its promotion") { Sql = "update saga set current_state = 'Restoring', deadline_at = now() + interval '1 h' where saga = 'replica' and body->'which'->>'promotionId' = {back}" },
        new("Dead letters", "a message that was set aside") { Sql = "insert into dead_letter (kind, endpoint, destination, reason, envelope, body, set_aside_at) values ('Failed', 'x', 'x', 'nobody knows', '{}', '', now())" },
    ];

    private static List<ReplicaRecord> Change(List<ReplicaRecord> records, string target, string replica, Func<ReplicaRecord, ReplicaRecord> change) =>
        [.. records.Select(x => x.Target == target && x.Replica == replica ? change(x) : x)];
}
#endif
