using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Reading;

/// <summary>Tells whoever answers over HTTP whether the database is away for the moment.</summary>
public static class StorageTrouble
{
    public static bool IsAway(Exception exception) => PostgresTrouble.IsTransient(exception);
}
