global using Serverless.Infrastructure.Code;
global using Xunit;

// One compiler answers them all, and what was built is read once.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
