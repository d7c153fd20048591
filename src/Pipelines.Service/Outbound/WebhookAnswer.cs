namespace Pipelines.Service.Outbound;

/// <summary>What a subscriber answered to a delivery.</summary>
internal abstract record WebhookAnswer
{
    private WebhookAnswer()
    {
    }

    /// <summary>The beginning of the answer's body, as text; null when there is none.</summary>
    public string? Body { get; init; }

    /// <summary>It has it.</summary>
    public sealed record Took(int Status) : WebhookAnswer;

    /// <summary>It wants nothing any more.</summary>
    public sealed record Gone(int Status) : WebhookAnswer;

    /// <summary>It has it not, or nobody knows.</summary>
    /// <param name="Status">Null when nothing was answered.</param>
    /// <param name="Pause">For how long it asked to be left alone.</param>
    public sealed record Failed(int? Status, string Error, TimeSpan? Pause) : WebhookAnswer;
}
