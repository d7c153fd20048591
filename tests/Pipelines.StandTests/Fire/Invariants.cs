#if FAULT_HOOKS
using Npgsql;

namespace Pipelines.StandTests.Fire;

/// <summary>What must hold of a promotion that has ended, asked of its rows; what its replicas hold is asked of them.</summary>
internal static class Invariants
{
    /// <summary>Each finds its own violation, and says it.</summary>
    private static readonly string[] Queries =
    [
        """
        select 'I1: it ended as ' || p.state || ', and ' || r.replica || ' is ' || r.state
        from promotion p join promotion_replica r on r.promotion_id = p.id
        where p.id = $1 and r.state <> case p.state when 'Succeeded' then 'Deployed' else 'Restored' end
        """,
        """
        select 'I2: two promotions had their hands on ' || a.target || ' at the same time'
        from promotion_replica a
        join promotion_replica b on b.target = a.target and b.promotion_id <> a.promotion_id
        join promotion pa on pa.id = a.promotion_id join promotion pb on pb.id = b.promotion_id
        where a.promotion_id = $1 and a.touched_at < pb.ended_at and b.touched_at < pa.ended_at limit 1
        """,
        "select 'I3: ' || count(*) || ' promotions of one press' from promotion where idempotency_key like '%' || $2 having count(*) <> 1",
        "select 'I3: ' || count(*) || ' ends' from promotion_event where promotion_id = $1 and type = 'promotion' and (data ->> 'ended')::boolean having count(*) <> 1",
        """
        select 'I3: ' || count(*) || ' ends for others' from feed
        where promotion_id = $1 and event in ('promotion.succeeded', 'promotion.failed', 'promotion.rolled-back', 'promotion.aborted') having count(*) <> 1
        """,
        """
        select 'I4: ' || string_agg(other.replica, ', ') || ' may have been out of service when ' || line.replica || ' was taken out'
        from (select seq, data ->> 'replica' as replica from promotion_event where promotion_id = $1 and type = 'replica' and data ->> 'state' in ('Deploying', 'Restoring')) line
        cross join lateral (
            select distinct on (data ->> 'replica') data ->> 'replica' as replica, data ->> 'state' as state
            from promotion_event
            where promotion_id = $1 and type = 'replica' and seq < line.seq and data ->> 'replica' <> line.replica
            order by data ->> 'replica', seq desc) other
        where other.state not in ('Deployed', 'Restored')
        group by line.seq, line.replica limit 1
        """,
        """
        select 'I5: ' || r.replica || ' was touched before the gates had passed'
        from promotion_replica r left join promotion_stage v on v.promotion_id = r.promotion_id and v.kind = 'validate' and v.state = 'Succeeded'
        where r.promotion_id = $1 and (v.ended_at is null or r.touched_at < v.ended_at)
        """,
        "select 'I6: ' || replica || ' was touched and it was not recorded what it ran' from promotion_replica where promotion_id = $1 and touched_at is not null and before_revision = ''",
        """
        select 'I7: line ' || seq || ' does not follow from the one before'
        from (
            select *, lag(hash, 1, '\x'::bytea) over (order by seq) as before, row_number() over (order by seq) as place
            from promotion_event where promotion_id = $1) line
        where seq <> place or hash <> event_hash(before, promotion_id, seq, at, type, data) order by seq limit 1
        """,
        "select 'I7: the promotion counts ' || last_seq || ' lines' from promotion p where id = $1 and last_seq <> (select count(*) from promotion_event where promotion_id = p.id)",
        """
        select 'I8: what was promoted is not stored' from promotion p
        where id = $1 and not exists (select from snapshot s where s.digest = p.snapshot_digest)
        """,
        "select 'a message was set aside: ' || reason from dead_letter limit 1",
    ];

    public static async Task<IReadOnlyList<string>> BrokenByAsync(NpgsqlDataSource database, Guid promotion, string key)
    {
        var broken = new List<string>();
        foreach (var query in Queries)
        {
            await using var command = database.CreateCommand(query);
            command.Parameters.Add(new() { Value = promotion });
            if (query.Contains("$2", StringComparison.Ordinal))
            {
                command.Parameters.Add(new() { Value = key });
            }

            if (await command.ExecuteScalarAsync() is string violation)
            {
                broken.Add(violation);
            }
        }

        return broken;
    }

    /// <summary>I9, of all promotions there are: how each ended, and when; the same later.</summary>
    public static async Task<IReadOnlyList<string>> EndsAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select id::text || ' ' || state || ' ' || coalesce(ended_at::text, 'runs') || ' ' || last_seq from promotion order by id");
        await using var reader = await command.ExecuteReaderAsync();
        var ends = new List<string>();
        while (await reader.ReadAsync())
        {
            ends.Add(reader.GetString(0));
        }

        return ends;
    }
}
#endif
