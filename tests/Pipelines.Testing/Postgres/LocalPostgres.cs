using System.Diagnostics;
using Npgsql;
using Pipelines.Testing.Stand.Network;

namespace Pipelines.Testing.Postgres;

/// <summary>
/// One private cluster from local binaries. A small shell owns the server and waits for this process on its standard input:
/// end of file means that we are gone, even by kill -9, and it stops the server and removes the folder.
/// </summary>
internal sealed class LocalPostgres : IAsyncDisposable
{
    // $1 is the folder, the rest starts the server. INT is a fast stop, QUIT one without a checkpoint, as a crash. Where the folder went while the server was
    // starting there is no pid to wait for, and no server.
    private const string Keeper = """
        trap '' INT HUP TERM
        folder=$1; shift
        rm -f "$folder/pid"
        { sh -c 'echo $$ > "$0/pid"; exec "$@"' "$folder" "$@" >> "$folder/log" 2>&1 < /dev/null; echo $? > "$folder/exited"; } &
        read -r word || word=gone
        while [ ! -s "$folder/pid" ] && kill -0 $! 2> /dev/null; do sleep 0.05; done
        signal=INT
        if [ "$word" = kill ]; then signal=QUIT; fi
        kill -$signal "$(cat "$folder/pid" 2> /dev/null)" 2> /dev/null
        wait
        if [ "$word" = gone ]; then rm -rf "$folder"; fi
        """;

    private readonly string _folder;
    private readonly PostgresBinaries _binaries;
    private readonly PostgresOptions _options;
    private Process? _keeper;
    private int _port;

    private LocalPostgres(string folder, PostgresBinaries binaries, PostgresOptions options)
    {
        _folder = folder;
        _binaries = binaries;
        _options = options;
    }

    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Username = "postgres",
        Database = "postgres",
        MaxPoolSize = 80,
    }.ConnectionString;

    public static async Task<LocalPostgres> CreateAsync(PostgresBinaries binaries, PostgresOptions options, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("pipelines-postgres-").FullName;
        var server = new LocalPostgres(folder, binaries, options);
        try
        {
            if (Environment.IsPrivilegedProcess)
            {
                await server.RunOrThrowAsync(["chown", "65534:65534", folder], cancellationToken);
            }

            await server.RunOrThrowAsync(
                [.. DroppedPrivileges(), binaries.Initdb, "-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
                cancellationToken);
            await server.StartOnFreePortAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        File.Delete(Path.Combine(_folder, "exited"));
        string[] command =
        [
            .. DroppedPrivileges(), "sh", "-c", Keeper, "keeper", _folder,
            _binaries.Postgres, "-D", Data, "-c", "listen_addresses=127.0.0.1", "-p", $"{_port}", "-k", _folder,
            .. _options.Settings().SelectMany(setting => new[] { "-c", setting }),
        ];
        _keeper = Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardInput = true, WorkingDirectory = "/" })
            ?? throw new InvalidOperationException("The server's keeper did not start.");
        await UntilReadyAsync(cancellationToken);
    }

    public async Task StopAsync(string word)
    {
        if (_keeper is not { } keeper)
        {
            return;
        }

        _keeper = null;
        await keeper.StandardInput.WriteLineAsync(word);
        keeper.StandardInput.Close();
        await keeper.WaitForExitAsync();
        keeper.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync("gone");
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private string Data => Path.Combine(_folder, "data");

    // initdb and postgres refuse root; 65534 is "nobody" everywhere.
    private static string[] DroppedPrivileges() =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

    private async Task StartOnFreePortAsync(CancellationToken cancellationToken)
    {
        // Between finding a free port and using it somebody else may take it.
        for (var attempt = 1; ; attempt++)
        {
            _port = FreePort.Next();
            try
            {
                await StartAsync(cancellationToken);
                return;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                await StopAsync("stop");
            }
        }
    }

    private async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(PostgresServer.Unpooled(ConnectionString));
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException) when (since.Elapsed < TimeSpan.FromSeconds(30) && !File.Exists(Path.Combine(_folder, "exited")))
            {
                await Task.Delay(20, cancellationToken);
            }
            catch (NpgsqlException e)
            {
                throw new InvalidOperationException($"PostgreSQL ({_binaries.Source}) did not get ready. Its log says: {LogTail()}", e);
            }
        }
    }

    private string LogTail()
    {
        var log = Path.Combine(_folder, "log");
        return File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(15)) : "(nothing)";
    }

    private async Task RunOrThrowAsync(string[] command, CancellationToken cancellationToken)
    {
        var (code, output) = await PostgresBinaries.RunAsync(command[0], command[1..], cancellationToken);
        if (code != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {code} in {_folder}: {output}");
        }
    }
}
