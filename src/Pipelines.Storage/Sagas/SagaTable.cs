using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Npgsql;
using Pipelines.Engine.Durable;

namespace Pipelines.Storage.Sagas;

/// <summary>One machine's rows in the table of all: its name there, and how its state becomes a row and back.</summary>
internal sealed class SagaTable<TSaga>(string name)
    where TSaga : class, IDurableSaga
{
    // What is a column is not in the body: one truth. Unknown fields are skipped, so that an older build reads what a newer one wrote.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WithoutColumns } },
    };

    public string Name { get; } = name;

    public object Key(Guid correlationId) => new { saga = Name, correlation_id = correlationId };

    public object ToRow(TSaga saga, DateTimeOffset now) => new
    {
        saga = Name,
        correlation_id = saga.CorrelationId,
        current_state = saga.CurrentState ?? "Initial",
        deadline_at = saga.DeadlineAt,
        body = JsonSerializer.Serialize(saga, Json),
        now,
    };

    public TSaga Read(NpgsqlDataReader reader, Guid correlationId) =>
        Read(correlationId, reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2));

    public TSaga Read(Guid correlationId, string state, DateTimeOffset? deadlineAt, string body)
    {
        var saga = JsonSerializer.Deserialize<TSaga>(body, Json)
            ?? throw new InvalidOperationException($"Saga {Name} {correlationId} has an empty body.");
        saga.CorrelationId = correlationId;
        saga.CurrentState = state;
        saga.DeadlineAt = deadlineAt;
        return saga;
    }

    private static void WithoutColumns(JsonTypeInfo type)
    {
        if (!type.Type.IsAssignableTo(typeof(IDurableSaga)))
        {
            return;
        }

        for (var i = type.Properties.Count - 1; i >= 0; i--)
        {
            if (type.Properties[i].Name is "correlationId" or "currentState" or "deadlineAt")
            {
                type.Properties.RemoveAt(i);
            }
        }
    }
}
