namespace Pipelines.Storage.Durable;

/// <summary>
/// A deferred write met another number of rows than it demanded: a newer owner holds the lock, or the row has moved on.
/// Everything in its unit of work was rolled back.
/// </summary>
public sealed class FencedOffException(string why, int demanded, int affected)
    : Exception($"Fenced off, nothing was written: \"{why}\" was to affect {demanded} row(s) and affected {affected}.")
{
    /// <summary>The first line of the query that was fenced off.</summary>
    public string Why { get; } = why;
}
