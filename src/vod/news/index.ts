export { assetNews } from './asset-news.ts';
export { type AssetsOfJobs, jobNews } from './job-news.ts';
