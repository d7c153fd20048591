using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;
using Pipelines.Storage.Audit;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Outbox;

namespace Pipelines.Storage.DeadLetters;

/// <summary>Messages that were set aside: to be seen, and to be sent again to the very endpoint that gave them up.</summary>
public sealed class DeadLetterStore
{
    private static readonly string ListSql = Query.Load("dead_letters/list");
    private static readonly string FindSql = Query.Load("dead_letters/find");
    private static readonly string TakeSql = Query.Load("dead_letters/take_for_replay");
    private static readonly string DiscardSql = Query.Load("dead_letters/discard");
    private static readonly string TellSql = Query.Load("promotions/tell");

    private readonly UnitOfWork _unit;
    private readonly Outside _outside;
    private readonly ConsumerMap _consumers;
    private readonly TimeProvider _time;

    internal DeadLetterStore(UnitOfWork unit, Outside outside, ConsumerMap consumers, TimeProvider time) =>
        (_unit, _outside, _consumers, _time) = (unit, outside, consumers, time);

    /// <summary>The newest first.</summary>
    /// <param name="all">Those that were replayed, too.</param>
    /// <param name="reach">Only what is about promotions of these pipelines; null is all. The same below.</param>
    /// <param name="after">From behind this one; null is from the newest.</param>
    public Task<IReadOnlyList<DeadLetter>> ListAsync(bool all, IReadOnlyList<string>? reach, long? after, int limit, CancellationToken cancellationToken) =>
        _outside.QueryAsync<DeadLetter>(ListSql, new { all, reach = reach?.ToArray(), after, limit }, cancellationToken);

    /// <summary>One with everything, or null.</summary>
    public Task<DeadLetterDetail?> FindAsync(long id, IReadOnlyList<string>? reach, CancellationToken cancellationToken) =>
        _outside.QuerySingleOrDefaultAsync<DeadLetterDetail>(FindSql, new { id, reach = reach?.ToArray() }, cancellationToken);

    /// <summary>Sends it again, under its own id: what it had done before, if anything, is not done twice.</summary>
    /// <returns>False when there is none, or it was replayed already.</returns>
    public async Task<bool> ReplayAsync(long id, IReadOnlyList<string>? reach, Actor by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(by);
        var now = _time.GetUtcNow();
        var taken = await _unit.QuerySingleOrDefaultAsync<Taken>(TakeSql, new { id, reach = reach?.ToArray(), by = by.Name, now }, cancellationToken);
        if (taken is null)
        {
            await _unit.RollbackAsync();
            return false;
        }

        var destination = new Uri(taken.Destination);
        var envelope = JsonSerializer.Deserialize<Envelope>(taken.Envelope, Envelope.Json)!;
        _unit.Send(new OutboxMessage
        {
            MessageId = taken.MessageId ?? Guid.NewGuid(),
            Destination = destination,
            Envelope = envelope,
            Body = taken.Body,
            Consumers = _consumers.CountFor(destination, envelope.MessageTypes),
        });
        _unit.Later(AuditLog.Add, LineOf("dead-letter.replayed", id, taken.Pipeline, new { taken.MessageId, taken.MessageType, taken.Destination }).Row(by, now));
        await _unit.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Sets aside what came from outside and could not be understood; the same one again counts in its row.</summary>
    public async Task KeepAsync(LetterFromOutside letter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letter);
        // Ids from outside are any text, and the row wants one of ours; without one every delivery stands for itself.
        var messageId = letter.MessageId is not { } text ? (Guid?)null
            : Guid.TryParse(text, out var id) ? id
            : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16), bigEndian: true);
        var envelope = new Envelope
        {
            ContentType = letter.ContentType,
            MessageTypes = [],
            Headers = SystemTextJsonMessageSerializer.Instance.SerializeDictionary(letter.Headers.Select(x => new KeyValuePair<string, object>(x.Key, x.Value))),
        };
        _unit.Later(DeadLetterSql.SetAside, new
        {
            kind = letter.Kind,
            endpoint = letter.Endpoint,
            destination = letter.Destination.ToString(),
            message_id = messageId,
            message_type = letter.MessageType,
            promotion_id = (Guid?)null,
            reason = letter.Reason,
            error = letter.Exception?.ToString(),
            envelope = JsonSerializer.Serialize(envelope, Envelope.Json),
            body = letter.Body,
            now = _time.GetUtcNow(),
        });
        await _unit.CommitAsync(cancellationToken);
    }

    /// <summary>Throws it away; a promotion that it was about says so in its timeline.</summary>
    /// <returns>False when there is none.</returns>
    public async Task<bool> DiscardAsync(long id, IReadOnlyList<string>? reach, Actor by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(by);
        var now = _time.GetUtcNow();
        var discarded = await _unit.QuerySingleOrDefaultAsync<Discarded>(DiscardSql, new { id, reach = reach?.ToArray() }, cancellationToken);
        if (discarded is null)
        {
            await _unit.RollbackAsync();
            return false;
        }

        if (discarded.PromotionId is { } promotion)
        {
            _unit.Later(TellSql, new { id = promotion, now, type = "message-discarded", data = StoredJson.Of(new { By = by.Name, Message = discarded.MessageType }) });
        }

        _unit.Later(AuditLog.Add, LineOf("dead-letter.discarded", id, discarded.Pipeline, new { discarded.MessageType, discarded.Endpoint, discarded.Reason }).Row(by, now));
        await _unit.CommitAsync(cancellationToken);
        return true;
    }

    private static AuditLine LineOf(string action, long id, string? pipeline, object data) => new(action, $"/dead-letters/{id}", pipeline is null ? null : [pipeline], data);

    private sealed record Taken
    {
        public Guid? MessageId { get; init; }

        public string? MessageType { get; init; }

        public string? Pipeline { get; init; }

        public string Destination { get; init; } = "";

        public string Envelope { get; init; } = "";

        public byte[] Body { get; init; } = [];
    }

    private sealed record Discarded
    {
        public string? MessageType { get; init; }

        public Guid? PromotionId { get; init; }

        public string? Pipeline { get; init; }

        public string Endpoint { get; init; } = "";

        public string Reason { get; init; } = "";
    }
}

/// <summary>A message of somebody else, to be set aside.</summary>
/// <param name="Destination">Where a replay sends it.</param>
/// <param name="MessageId">As the sender named it; null when it did not.</param>
public sealed record LetterFromOutside(
    DeadLetterKind Kind, string Endpoint, Uri Destination, string? MessageId, string MessageType, string ContentType, IReadOnlyDictionary<string, string> Headers, byte[] Body,
    string Reason, Exception? Exception);

/// <summary>A message that was set aside.</summary>
public record DeadLetter
{
    public long Id { get; init; }

    public DeadLetterKind Kind { get; init; }

    /// <summary>Whose message it was: the queue's name.</summary>
    public string Endpoint { get; init; } = "";

    public Guid? MessageId { get; init; }

    /// <summary>As it travels: <c>urn:message:…</c>; null when it says none.</summary>
    public string? MessageType { get; init; }

    /// <summary>The promotion that it is about, where it says one.</summary>
    public Guid? PromotionId { get; init; }

    public string Reason { get; init; } = "";

    /// <summary>How often it was set aside.</summary>
    public int Times { get; init; }

    public DateTimeOffset SetAsideAt { get; init; }

    public DateTimeOffset? ReplayedAt { get; init; }

    public string? ReplayedBy { get; init; }

    /// <summary>Of its body, in bytes.</summary>
    public int Size { get; init; }
}

/// <summary>The same with its body, and with the error as the consumer threw it.</summary>
public sealed record DeadLetterDetail : DeadLetter
{
    public string? Error { get; init; }

    /// <summary>Content type, ids and headers, as JSON.</summary>
    public string Envelope { get; init; } = "{}";

    public byte[] Body { get; init; } = [];
}
