using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Outbox;

namespace Pipelines.Storage.DeadLetters;

/// <summary>Why a message was set aside.</summary>
public enum DeadLetterKind
{
    /// <summary>Its consumer gave it up after all its tries.</summary>
    Failed,

    /// <summary>Nobody on its endpoint knows it, or it cannot be read: a message of another version, or no message at all.</summary>
    Unknown,

    /// <summary>The process died whenever it had this message, again and again.</summary>
    Deadly,
}

/// <summary>
/// Puts a message that cannot be consumed into the database, whole, so that it blocks no other and waits for somebody. The endpoint lets go of it only
/// when that is committed; while PostgreSQL is away it waits here, as every message does.
/// </summary>
internal sealed partial class SetAside(
    NpgsqlDataSource dataSource, OutboxSender sender, StorageMetrics metrics, TimeProvider time, ILogger<SetAside> logger)
{
    private const int LongestError = 16_000;
    private const int LongestReason = 2_000;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task AsideAsync(ReceiveContext context, DeadLetterKind kind, Exception? exception, string reason)
    {
        var body = context.Body.GetBytes();
        var letter = Letter.Read(body);
        var messageId = context.GetMessageId() ?? letter.MessageId;
        var envelope = new Envelope
        {
            ContentType = context.ContentType?.ToString() ?? SystemTextJsonMessageSerializer.JsonContentType.ToString(),
            MessageTypes = letter.MessageTypes,
            Headers = Text(context.TransportHeaders.GetAll()),
        };
        var row = new
        {
            kind,
            endpoint = context.InputAddress.AbsolutePath.Trim('/') is var path ? Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]) : "",
            destination = context.InputAddress.ToString(),
            message_id = messageId,
            message_type = letter.MessageTypes.FirstOrDefault(),
            promotion_id = letter.PromotionId,
            reason = Short(reason, LongestReason),
            error = exception is null ? null : Short(exception.ToString(), LongestError),
            envelope = JsonSerializer.Serialize(envelope, Envelope.Json),
            body,
            now = time.GetUtcNow(),
        };
        while (true)
        {
            try
            {
                await WriteAsync(row, messageId, context.CancellationToken);
                break;
            }
            catch (Exception e) when (PostgresTrouble.IsTransient(e))
            {
                LogLater(row.message_type, e.Message);
                await Task.Delay(Pause, time, context.CancellationToken);
            }
        }

        if (messageId is { } id)
        {
            sender.Settled(id);
        }

        metrics.SetAside(kind.ToString(), row.endpoint);
        LogAside(row.endpoint, row.message_type, messageId, kind, row.reason);
    }

    private async Task WriteAsync(object row, Guid? messageId, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        Add(DeadLetterSql.SetAside, row);
        if (!sender.TransportKeepsMessages && messageId is { } id)
        {
            // In memory the outbox still has it, for the consumers that have not committed yet: one of them never will.
            Add(OutboxSql.SettleOne, new { message_id = id });
            Add(OutboxSql.SettleLast, new { message_id = id });
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);

        void Add(string sql, object arguments)
        {
            var command = new NpgsqlBatchCommand(sql);
            Parameters.AddTo(command.Parameters, arguments);
            batch.BatchCommands.Add(command);
        }
    }

    private static string? Text(IEnumerable<KeyValuePair<string, object>> headers) =>
        SystemTextJsonMessageSerializer.Instance.SerializeDictionary(headers.Where(header => header.Value is string or int or long or bool or Guid or DateTime or DateTimeOffset or Uri));

    private static string Short(string text, int length) => text.Length <= length ? text : $"{text[..(length - 1)]}…";

    [LoggerMessage(2301, LogLevel.Error, "On {Endpoint} a {Type} ({MessageId}) is set aside as {Kind}: {Reason} GET /dead-letters shows it, and it can be replayed from there.")]
    private partial void LogAside(string endpoint, string? type, Guid? messageId, DeadLetterKind kind, string reason);

    [LoggerMessage(2302, LogLevel.Warning, "A {Type} that is to be set aside waits for PostgreSQL: {Reason}")]
    private partial void LogLater(string? type, string reason);
}

internal static class DeadLetterSql
{
    public static readonly string SetAside = Query.Load("dead_letters/set_aside");
    public static readonly string Trim = Query.Load("dead_letters/trim");
}
