using System.Text.Json;

namespace Pipelines.NodeRed.Flows;

/// <summary>
/// A flows array as Node-RED wrote it, byte for byte. It is posted as it was read: the revision is a hash of
/// JavaScript's own writing, and any other JSON writer would give other bytes and another revision.
/// </summary>
public sealed class RawFlows
{
    private RawFlows(ReadOnlyMemory<byte> bytes, Digest digest) => (Bytes, Digest) = (bytes, digest);

    public ReadOnlyMemory<byte> Bytes { get; }

    public Digest Digest { get; }

    /// <summary>Flows that were stored, or that are at hand as a file written by Node-RED's own API.</summary>
    public static RawFlows FromBytes(ReadOnlyMemory<byte> bytes) => new(bytes, Digest.Of(bytes.Span));

    /// <summary>
    /// Cuts the flows out of the answer to a v2 <c>GET /flows</c> and proves them against the revision in the same answer.
    /// </summary>
    public static RawFlowsAnswer FromAdminAnswer(ReadOnlyMemory<byte> body)
    {
        ReadOnlyMemory<byte>? flows = null;
        string? revision = null;
        try
        {
            var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = FlowSet.MaxDepth });
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.Null:
                    return new RawFlowsAnswer.NotReady();
                case JsonTokenType.StartArray:
                    return new RawFlowsAnswer.Refused("is an answer of version 1 of the API, without a revision");
                case not JsonTokenType.StartObject:
                    return new RawFlowsAnswer.Refused("is not an object with flows and a revision");
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isFlows = reader.ValueTextEquals("flows"u8);
                var isRevision = reader.ValueTextEquals("rev"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var kind = reader.TokenType;
                if (isRevision && kind == JsonTokenType.String)
                {
                    revision = reader.GetString();
                }
                reader.Skip();
                if (isFlows && kind == JsonTokenType.StartArray)
                {
                    flows = body[start..(int)reader.BytesConsumed];
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new RawFlowsAnswer.Refused("is not JSON");
        }
        return (flows, revision) switch
        {
            (null, _) => new RawFlowsAnswer.Refused("holds no flows array"),
            (_, null) => new RawFlowsAnswer.Refused("holds no revision"),
            ({ } found, { } claimed) => Proven(found, claimed),
        };
    }

    /// <summary>Never the flows themselves: people type secrets into them.</summary>
    public override string ToString() => $"flows {Digest.Short} ({Bytes.Length} bytes)";

    private static RawFlowsAnswer Proven(ReadOnlyMemory<byte> bytes, string claimed)
    {
        // A slice would keep the whole answer alive, so the flows get their own array.
        var flows = FromBytes(bytes.ToArray());
        return (claimed.Length, claimed == flows.Digest.ToString()) switch
        {
            (_, true) => new RawFlowsAnswer.Read(flows),
            (32, _) => new RawFlowsAnswer.Refused("has an md5 revision, as of Node-RED 2.x; Node-RED 3.1 or later is needed"),
            _ => new RawFlowsAnswer.Refused(
                $"claims revision {claimed[..Math.Min(8, claimed.Length)]} but its flows hash to {flows.Digest.Short}; something on the way changes the answer"),
        };
    }
}

/// <summary>What an admin answer turned out to hold.</summary>
public abstract record RawFlowsAnswer
{
    private RawFlowsAnswer() { }

    public sealed record Read(RawFlows Flows) : RawFlowsAnswer;

    /// <summary>Node-RED answers <c>null</c> while it boots.</summary>
    public sealed record NotReady : RawFlowsAnswer;

    /// <param name="Reason">The second half of a sentence that starts with what was read: "… is not JSON".</param>
    public sealed record Refused(string Reason) : RawFlowsAnswer;
}
