using Pipelines.Engine.Triggers;

namespace Pipelines.Service.Http;

/// <summary>Why a request is not done: an RFC 9457 problem. The type names the kind for programs, the detail is a sentence with the cure.</summary>
/// <param name="Type">The last part of <c>urn:pipelines:problem:…</c>.</param>
internal sealed record Refusal(int Status, string Type, string Title, string Detail)
{
    public IReadOnlyDictionary<string, object?> More { get; init; } = new Dictionary<string, object?>(StringComparer.Ordinal);

    public static Refusal BadRequest(string detail) => new(400, "bad-request", "The request cannot be understood.", detail);

    public static Refusal BadBody(string detail) => new(400, "bad-body", "The body cannot be understood.", detail);

    public static Refusal NotFound(string detail) => new(404, "not-found", "There is no such thing.", detail);

    public static Refusal Conflict(string detail) => new(409, "conflict", "It makes no sense in the present state.", detail);

    public static Refusal Busy(PromotionRefusedException refused) => new(409, "busy", "Another promotion is in the way.", refused.Message)
    {
        More = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["inTheWay"] = refused.InTheWay,
            ["links"] = refused.InTheWay is { } id ? PromotionLinks.Of(id) : null,
        },
    };

    public static Refusal TooLarge(string detail) => new(413, "too-large", "The body is too large.", detail);

    public static Refusal NotJson(string detail) => new(415, "not-json", "The body is not JSON.", detail);

    public static Refusal Unprocessable(string detail) => new(422, "unprocessable", "It cannot be done as it is asked.", detail);

    public static Refusal Away(string detail) => new(503, "not-ready", "The service is not ready.", detail);
}

/// <summary>Carries a refusal from wherever it is noticed to the one place that writes it.</summary>
internal sealed class RefusedException(Refusal refusal) : Exception(refusal.Detail)
{
    public Refusal Refusal { get; } = refusal;
}
