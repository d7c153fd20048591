namespace Pipelines.Storage.Audit;

/// <summary>Who or what asked for a change.</summary>
/// <param name="Name">The name of a token, or one of those below.</param>
/// <param name="TokenId">The token that was used; null when none was.</param>
public sealed record Actor(string Name, Guid? TokenId = null)
{
    /// <summary>What the configuration says.</summary>
    public static Actor Settings { get; } = new("settings");
}
