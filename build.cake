// Every target has a description: `dotnet cake --showdescription` is the help page.
using System.Text.RegularExpressions;

var target = Argument("target", "Test");
var configuration = Argument("configuration", "Debug");
var filter = Argument<string>("filter", null);
var only = Argument<string>("project", null);

const string Solution = "Pipelines.sln";
var counts = File("artifacts/test-counts.txt");

int Run(string program, Action<ProcessArgumentBuilder> arguments, Action<string> eachLine = null, Dictionary<string, string> environment = null)
{
    var builder = new ProcessArgumentBuilder();
    arguments(builder);
    var settings = new ProcessSettings { Arguments = builder, EnvironmentVariables = environment };
    if (eachLine is not null)
    {
        settings.RedirectStandardOutput = true;
        settings.RedirectedStandardOutputHandler = line =>
        {
            if (line is not null)
            {
                Console.WriteLine(line);
                eachLine(line);
            }

            return line;
        };
    }

    return StartProcess(program, settings);
}

void RunOrFail(string program, Action<ProcessArgumentBuilder> arguments)
{
    if (Run(program, arguments) is not 0 and var code)
    {
        throw new CakeException(code, $"{program} ended with {code}.");
    }
}

void RunProject(string project, string verb, string inConfiguration) =>
    RunOrFail("dotnet", arguments =>
    {
        arguments.Append("run").Append("--no-build").Append("--configuration").Append(inConfiguration).Append("--project").AppendQuoted(project);
        if (verb is not null)
        {
            arguments.Append("--").Append(verb);
        }
    });

void BuildIn(string inConfiguration) =>
    RunOrFail("dotnet", arguments => arguments.Append("build").Append(Solution).Append("--no-restore").Append("--configuration").Append(inConfiguration));

(int Passed, int Failed, int Skipped) CountsSoFar() =>
    FileExists(counts) && Regex.Match(System.IO.File.ReadAllText(counts.Path.FullPath), @"(\d+) passed, (\d+) failed, (\d+) skipped") is { Success: true } number
        ? (int.Parse(number.Groups[1].Value), int.Parse(number.Groups[2].Value), int.Parse(number.Groups[3].Value))
        : (0, 0, 0);

// Runs them one after the other, and adds their numbers to those of the targets before.
void RunTests(IReadOnlyList<FilePath> projects, Dictionary<string, string> environment, string onlyThose = null)
{
    var (passed, failed, skipped) = CountsSoFar();
    var before = passed + failed;
    var troubles = new List<string>();
    foreach (var project in projects)
    {
        var name = project.GetFilenameWithoutExtension().ToString();
        var seen = new Dictionary<string, int>();
        const int MostLines = 30;
        var linesTold = MostLines;
        Console.WriteLine($"── {name}");
        var code = Run(
            "dotnet",
            arguments =>
            {
                arguments.Append("test").Append("--no-build").Append("--configuration").Append(configuration).Append("--project").AppendQuoted(project.FullPath);
                // Every wait of a test has its own end; this one is for the wait that nobody thought of.
                arguments.Append("--timeout").Append(onlyThose is null ? "45m" : "6h");
                if ((onlyThose ?? filter) is { } those)
                {
                    arguments.Append("--filter").AppendQuoted(those);
                }
                if (onlyThose is not null)
                {
                    // What they print is what they are run for.
                    arguments.Append("--output").Append("detailed");
                }
            },
            line =>
            {
                // Said once more at the end of CI, with the first lines of why: it is far above by then.
                linesTold = Regex.IsMatch(line, @"^failed \S") ? 0 : line.StartsWith(' ') ? linesTold : MostLines;
                if (linesTold < MostLines)
                {
                    linesTold++;
                    EnsureDirectoryExists("artifacts");
                    System.IO.File.AppendAllText("artifacts/failed-tests.txt", line.StartsWith(' ') ? $"{line}\n" : $"{name}: {line}\n");
                }

                // The closing summary of Microsoft.Testing.Platform, one number a line.
                if (Regex.Match(line, @"^  (total|failed|succeeded|skipped): (\d+)$") is { Success: true } number)
                {
                    seen[number.Groups[1].Value] = int.Parse(number.Groups[2].Value);
                }
            },
            environment);
        passed += seen.GetValueOrDefault("succeeded");
        failed += seen.GetValueOrDefault("failed");
        skipped += seen.GetValueOrDefault("skipped");
        var ran = seen.GetValueOrDefault("succeeded") + seen.GetValueOrDefault("failed");
        if (ran == 0 && filter is null)
        {
            troubles.Add($"{name} ran no test");
        }
        else if (code != 0 && !(ran == 0 && code == 8))
        {
            // With a filter, 8 ("no test ran") only says that the filter meant other projects.
            troubles.Add($"{name} ended with {code}");
        }
    }

    if (passed + failed == before)
    {
        troubles.Add("no test ran");
    }

    var closing = $"{passed} passed, {failed} failed, {skipped} skipped";
    EnsureDirectoryExists("artifacts");
    System.IO.File.WriteAllText(counts.Path.FullPath, closing + "\n");
    Console.WriteLine();
    Console.WriteLine(closing);
    if (troubles.Count > 0)
    {
        throw new CakeException($"Tests failed. {string.Join("; ", troubles)}.");
    }
}

Task("Restore")
    .Description("Restores all packages; asks a second time when a registry did not answer.")
    .Does(() =>
    {
        if (Run("dotnet", arguments => arguments.Append("restore").Append(Solution)) != 0)
        {
            RunOrFail("dotnet", arguments => arguments.Append("restore").Append(Solution));
        }
    });

Task("Build")
    .Description("Builds everything; a warning is an error. --configuration=Release|Debug")
    .IsDependentOn("Restore")
    .Does(() => BuildIn(configuration));

Task("Test")
    .Description("Runs all tests, real Node-REDs included (the default). --project=Pipelines.Tests --filter=FullyQualifiedName~Rollout")
    .IsDependentOn("Build")
    .Does(() =>
    {
        DeleteFiles(counts.Path.FullPath);
        var projects = GetFiles("tests/*/*.csproj")
            .Where(path => path.GetFilenameWithoutExtension().ToString().EndsWith("Tests", StringComparison.Ordinal))
            .Where(path => only is null || string.Equals(path.GetFilenameWithoutExtension().ToString(), only, StringComparison.OrdinalIgnoreCase))
            // The fast ones first: who broke a rule hears it in seconds.
            .OrderBy(path => path.GetFilenameWithoutExtension().ToString() switch { "Pipelines.Tests" => 0, "Pipelines.DatabaseTests" => 1, _ => 2 })
            .ToList();
        if (projects.Count == 0)
        {
            throw new CakeException($"No test project '{only}'. There are: {string.Join(", ", GetFiles("tests/*/*Tests.csproj").Select(path => path.GetFilenameWithoutExtension()))}.");
        }

        RunTests(projects, environment: null);
    });

Task("CrashPoints")
    .Description("Dies at every place between two effects, over both transports, and prints them with what came of it; about six minutes.")
    .IsDependentOn("Build")
    .Does(() => RunTests([.. GetFiles("tests/Pipelines.StandTests/*.csproj")], environment: null, "FullyQualifiedName~CrashPointTests"));

Task("Faults")
    .Description("The long form of the random faults: 2000 promotions, or FAULTS_PROMOTIONS, while everything breaks; FAULTS_SEED tells a run again.")
    .IsDependentOn("Build")
    .Does(() => RunTests(
        [.. GetFiles("tests/Pipelines.StandTests/*.csproj")],
        new Dictionary<string, string> { ["FAULTS_PROMOTIONS"] = EnvironmentVariable("FAULTS_PROMOTIONS") ?? "2000" },
        "FullyQualifiedName~RandomFaultTests"));

Task("Docker")
    .Description("Runs the database's tests against PostgreSQL in a container (Testcontainers); installs and starts Docker where it is missing. --filter=…")
    .IsDependentOn("Build")
    .Does(() =>
    {
        var pidFile = MakeAbsolute(File("artifacts/dockerd.pid")).FullPath;
        EnsureDirectoryExists("artifacts");
        DeleteFiles(pidFile);
        var found = "";
        System.Environment.SetEnvironmentVariable("DOCKERD_PID_FILE", pidFile);
        try
        {
            if (Run(".ci/docker-postgres", arguments => { }, line => found = line) is not 0 and var code)
            {
                throw new CakeException(code, "There is no Docker with an image of PostgreSQL: see above why.");
            }

            RunTests(
                [.. GetFiles("tests/Pipelines.DatabaseTests/*.csproj")],
                new Dictionary<string, string>
                {
                    ["PIPELINES_TEST_POSTGRES"] = "docker",
                    ["PIPELINES_TEST_POSTGRES_IMAGE"] = found.Split(' ')[0],
                    // Testcontainers does not ask which one the engine speaks; Debian's is an old one.
                    ["DOCKER_API_VERSION"] = found.Split(' ')[1],
                    // The watcher's image cannot be pulled where no registry is reachable; the tests remove their containers themselves.
                    ["TESTCONTAINERS_RYUK_DISABLED"] = "true",
                    // Published there, and not where localhost may lead first.
                    ["TESTCONTAINERS_HOST_OVERRIDE"] = "127.0.0.1",
                });
        }
        finally
        {
            // Only the engine that was started for this.
            if (FileExists(pidFile))
            {
                Run("kill", arguments => arguments.Append(System.IO.File.ReadAllText(pidFile).Trim()));
                DeleteFile(pidFile);
            }
        }
    });

Task("Demo")
    .Description("Starts the whole plant, walks through a promotion before your eyes, and cleans up.")
    .IsDependentOn("Build")
    .Does(() => RunProject("tests/Pipelines.Demo", "demo", configuration));

Task("Up")
    .Description("Starts the plant (PostgreSQL, RabbitMQ, Node-REDs) and keeps it until Ctrl-C.")
    .IsDependentOn("Build")
    .Does(() => RunProject("tests/Pipelines.Demo", "up", configuration));

Task("Bench")
    .Description("Measures against the floor in the same run, in Release.")
    .IsDependentOn("Restore")
    .Does(() =>
    {
        BuildIn("Release");
        RunProject("tests/Pipelines.Benchmarks", null, "Release");
    });

Task("Format")
    .Description("Formats the code; with --verify only tells what is not formatted, and fails.")
    .IsDependentOn("Restore")
    .Does(() => RunOrFail("dotnet", arguments =>
    {
        arguments.Append("format").Append(Solution).Append("--no-restore");
        if (HasArgument("verify"))
        {
            arguments.Append("--verify-no-changes");
        }
    }));

Task("Clean")
    .Description("Removes what was built, installed and measured (bin, obj, artifacts).")
    .Does(() =>
    {
        var folders = GetDirectories("src/*/bin") + GetDirectories("src/*/obj") + GetDirectories("tests/*/bin") + GetDirectories("tests/*/obj")
            + GetDirectories("artifacts") + GetDirectories("TestResults");
        DeleteDirectories(folders, new DeleteDirectorySettings { Recursive = true, Force = true });
    });

RunTarget(target);
