using System.Data;
using System.Text.Json;
using Npgsql;

namespace Pipelines.StandTests.Fire.Auditing;

/// <summary>Reads all rows as of one moment, with queries of its own.</summary>
internal static class BooksReader
{
    public static async Task<Books> ReadAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        var lines = await RowsAsync(
            connection,
            "select promotion_id, seq, at, (extract(epoch from at) * 1000000)::bigint, type, data::text, hash from promotion_event order by promotion_id, seq",
            x => new Line(x.GetGuid(0), x.GetInt32(1), Time(x, 2)!.Value, x.GetInt64(3), x.GetString(4), x.GetString(5), (byte[])x[6]));
        return new Books
        {
            Now = (await RowsAsync(connection, "select clock_timestamp()", x => Time(x, 0)!.Value))[0],
            Promotions = await RowsAsync(
                connection,
                """
                select p.id, p.idempotency_key, p.pipeline, p.state, p.snapshot_digest, p.accepted_at, p.ended_at, p.last_seq, p.last_hash, d.body::text
                from promotion p join definition d on d.digest = p.definition order by p.accepted_at, p.id
                """,
                x => new PromotionRow(
                    x.GetGuid(0), x.GetString(1), x.GetString(2), x.GetString(3), Text(x, 4), Time(x, 5)!.Value, Time(x, 6), x.GetInt32(7), (byte[])x[8], Json(x, 9))),
            Stages = await RowsAsync(
                connection,
                "select stage_id, promotion_id, index, kind, state, ended_at from promotion_stage order by promotion_id, index",
                x => new StageRow(x.GetGuid(0), x.GetGuid(1), x.GetInt32(2), x.GetString(3), x.GetString(4), Time(x, 5))),
            Replicas = await RowsAsync(
                connection,
                "select stage_id, index, promotion_id, target, replica, before_revision, before_ran, touched_at, state from promotion_replica",
                x => new ReplicaRow(x.GetGuid(0), x.GetInt32(1), x.GetGuid(2), x.GetString(3), x.GetString(4), x.GetString(5), x.GetBoolean(6), Time(x, 7), x.GetString(8))),
            Lines = lines.ToLookup(x => x.Promotion),
            Feed = await RowsAsync(
                connection, "select number, promotion_id, seq, event from feed", x => new FeedRow(x.IsDBNull(0) ? null : x.GetInt64(0), x.GetGuid(1), x.GetInt32(2), x.GetString(3))),
            Holds = await RowsAsync(
                connection,
                """
                select target, stage_id, promotion_id, false from target_lock where stage_id is not null
                union all
                select target, stage_id, promotion_id, true from target_line
                """,
                x => new HoldRow(x.GetString(0), x.GetGuid(1), x.GetGuid(2), x.GetBoolean(3))),
            Sagas = await RowsAsync(
                connection,
                "select saga, correlation_id, current_state, deadline_at, body::text from saga",
                x => new SagaRow(x.GetString(0), x.GetGuid(1), x.GetString(2), Time(x, 3), Json(x, 4))),
            Snapshots = await RowsAsync(
                connection, "select digest, size, compressed from snapshot", x => new SnapshotRow(x.GetString(0), x.GetInt32(1), (byte[])x[2])),
            SetAside = await RowsAsync(connection, "select kind || ', ' || coalesce(message_type, 'unknown') || ': ' || reason from dead_letter order by id", x => x.GetString(0)),
        };
    }

    private static async Task<IReadOnlyList<T>> RowsAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read)
    {
#pragma warning disable CA2100 // Only the texts above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static JsonElement Json(NpgsqlDataReader reader, int column) => JsonSerializer.Deserialize<JsonElement>(reader.GetString(column));
}
