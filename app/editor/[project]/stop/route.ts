export { stopAction as POST } from '@/app/apps/stop-action'
