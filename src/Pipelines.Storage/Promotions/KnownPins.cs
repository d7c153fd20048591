using System.Collections.Concurrent;
using Npgsql;

namespace Pipelines.Storage.Promotions;

/// <summary>The pinned definitions that this process knows to be stored. Nobody deletes them; a database that is restored from a backup may be without the last ones.</summary>
internal sealed class KnownPins
{
    private readonly ConcurrentDictionary<string, bool> _digests = new(StringComparer.Ordinal);

    /// <summary>Whether a promotion was refused by the database because its definition is not there after all.</summary>
    public static bool IsMissing(PostgresException e) => e is { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "promotion_definition_fkey" };

    public bool Contains(string digest) => _digests.ContainsKey(digest);

    /// <summary>The transaction that wrote them has committed.</summary>
    public void Add(IEnumerable<string> digests)
    {
        foreach (var digest in digests)
        {
            _digests.TryAdd(digest, true);
        }
    }

    /// <summary>From now on they are written again.</summary>
    /// <returns>What to throw: whoever asked tries again, as when the database is away.</returns>
    public NpgsqlException Forget(PostgresException e)
    {
        _digests.Clear();
        return new NpgsqlException("The database has lost a definition that was stored; the next try stores it again.", e);
    }
}
