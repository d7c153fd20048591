using System.Security.Cryptography;
using System.Text;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Promotions;

/// <summary>Commands from outside that have been done, in the inbox beside the engine's own messages and for as long. Part of the unit of work: done and seen, or neither.</summary>
public sealed class SeenCommands(UnitOfWork unit, TimeProvider time)
{
    private const string Consumer = "commands";

    private static readonly string AddSql = Query.Load("inbox/insert_once");

    /// <returns>False when it was done before. A twin that is being done right now is waited for.</returns>
    public async Task<bool> TryAddAsync(string key, CancellationToken cancellationToken)
    {
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 16), bigEndian: true);
        return await unit.ExecuteAsync(AddSql, new { message_id = id, consumer = Consumer, now = time.GetUtcNow() }, cancellationToken) == 1;
    }
}
