namespace Pipelines.Storage.Audit;

/// <summary>A change that is on no promotion's timeline, to be noted with it.</summary>
/// <param name="Action">What was done, such as <c>token.made</c>.</param>
/// <param name="About">The address of what was changed, as the API knows it.</param>
/// <param name="Pipelines">The pipelines that it concerns; null is all, or none in particular.</param>
/// <param name="Data">What it was changed to, written as JSON; never secrets.</param>
internal sealed record AuditLine(string Action, string About, IReadOnlyList<string>? Pipelines, object Data)
{
    public object Row(Actor by, DateTimeOffset now) => new
    {
        now,
        by = by.Name,
        token_id = by.TokenId,
        action = Action,
        about = About,
        pipelines = Pipelines?.ToArray(),
        data = StoredJson.Of(Data),
    };
}

/// <summary>A change as it was noted.</summary>
public sealed record AuditRow
{
    public long Id { get; init; }

    public DateTimeOffset At { get; init; }

    public string By { get; init; } = "";

    public Guid? TokenId { get; init; }

    public string Action { get; init; } = "";

    public string About { get; init; } = "";

    public string[]? Pipelines { get; init; }

    /// <summary>JSON.</summary>
    public string Data { get; init; } = "{}";
}
